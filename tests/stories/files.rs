//! What the stories' repositories hold.

/// One stack with a queue; the template is a parameter away from a change.
pub const ONE_STACK: &str = "\
stacks:
  app:
    template: app.yaml
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

/// A repository with one stack.
pub fn one_stack() -> [(&'static str, &'static str); 2] {
    [(".ebbtide.yml", ONE_STACK), ("app.yaml", QUEUE)]
}
