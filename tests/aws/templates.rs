//! Small templates.

/// One queue, whose name is an output.
pub const QUEUE: &str = "
Resources:
  Queue: {Type: AWS::SQS::Queue}
Outputs:
  QueueName: {Value: !GetAtt Queue.QueueName}
";

/// Another queue beside it.
pub const TWO_QUEUES: &str = "
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Second: {Type: AWS::SQS::Queue}
";

/// A queue, then a wait until somebody signals, then another queue.
pub const SLOW: &str = "
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Handle: {Type: AWS::CloudFormation::WaitConditionHandle}
  Wait:
    Type: AWS::CloudFormation::WaitCondition
    DependsOn: Queue
    Properties: {Handle: !Ref Handle, Timeout: '600'}
  Last: {Type: AWS::SQS::Queue, DependsOn: Wait}
";

/// A wait that nobody ends: the shortest way to a failing resource.
pub const FAILING: &str = "
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Handle: {Type: AWS::CloudFormation::WaitConditionHandle}
  NeverReady:
    Type: AWS::CloudFormation::WaitCondition
    DependsOn: Queue
    Properties: {Handle: !Ref Handle, Timeout: '1'}
";

/// A custom resource that is made and then cannot be deleted.
pub const CLINGING: &str = r"
Resources:
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
";
