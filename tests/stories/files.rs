//! What the stories' repositories hold.

/// A repository with one stack: a queue whose name is its address.
pub fn one_stack() -> [(&'static str, &'static str); 2] {
    [(".ebbtide.yml", ONE_STACK), ("app.yaml", QUEUE)]
}

/// The same with these lines above.
pub fn one_stack_with(policy: &str) -> [(&'static str, String); 2] {
    [
        (".ebbtide.yml", format!("{policy}\n{ONE_STACK}")),
        ("app.yaml", QUEUE.to_owned()),
    ]
}

/// One stack whose template is in `app.yaml`.
pub const ONE_STACK: &str = "\
stacks:
  app:
    template: app.yaml
    capabilities: [CAPABILITY_IAM]
url: https://${{ stacks.app.outputs.Name }}.example
outputs:
  Queue: ${{ stacks.app.outputs.Name }}
";

/// A queue whose name is an output.
pub const QUEUE: &str = "
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: first}}
Outputs:
  Name: {Value: !GetAtt Queue.QueueName}
";

/// The same, and another queue beside it.
pub const TWO_QUEUES: &str = "
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: first}}
  Second: {Type: AWS::SQS::Queue, Properties: {QueueName: second}}
Outputs:
  Name: {Value: !GetAtt Queue.QueueName}
";

/// The first template again, said in other words: nothing changes.
pub const QUEUE_IN_OTHER_WORDS: &str = "
# A comment is a change of the file, and of nothing else.
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties: {QueueName: first}
Outputs:
  Name: {Value: !GetAtt Queue.QueueName}
";

/// A queue, then a wait until somebody lets it go on, then another queue.
pub const SLOW: &str = "
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: first}}
  Handle: {Type: AWS::CloudFormation::WaitConditionHandle}
  Wait:
    Type: AWS::CloudFormation::WaitCondition
    DependsOn: Queue
    Properties: {Handle: !Ref Handle, Timeout: '600'}
  Last: {Type: AWS::SQS::Queue, DependsOn: Wait}
Outputs:
  Name: {Value: !GetAtt Queue.QueueName}
";

/// A wait that nobody ends: the shortest way to a failing resource.
pub const FAILING: &str = "
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: first}}
  Handle: {Type: AWS::CloudFormation::WaitConditionHandle}
  NeverReady:
    Type: AWS::CloudFormation::WaitCondition
    DependsOn: Queue
    Properties: {Handle: !Ref Handle, Timeout: '1'}
Outputs:
  Name: {Value: !GetAtt Queue.QueueName}
";

/// A custom resource that is made and then cannot be deleted.
pub const CLINGING: &str = r"
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: first}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Timeout: 30
      Code:
        ZipFile: |
          import json, urllib.request
          def handler(event, context):
              ok = event['RequestType'] != 'Delete'
              body = json.dumps({
                  'Status': 'SUCCESS' if ok else 'FAILED',
                  'Reason': 'it clings to life',
                  'PhysicalResourceId': 'clinging',
                  'StackId': event['StackId'],
                  'RequestId': event['RequestId'],
                  'LogicalResourceId': event['LogicalResourceId'],
              }).encode()
              request = urllib.request.Request(event['ResponseURL'], data=body, method='PUT')
              request.add_header('Content-Type', '')
              urllib.request.urlopen(request)
  Clinging:
    Type: Custom::Clinging
    Properties: {ServiceToken: !GetAtt Function.Arn}
Outputs:
  Name: {Value: !GetAtt Queue.QueueName}
";

/// A template that is too long to be sent in a request: a queue and a very long description of it.
pub fn large() -> String {
    let words = "# This line is one of many that make the template long.\n".repeat(1_000);
    assert!(words.len() > 51_200);
    format!("{words}{QUEUE}")
}
