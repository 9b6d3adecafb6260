//! What stacks leave behind.

use crate::world::World;
use aws_sdk_cloudformation::types::Capability;
use ebbtide::clock::{Clock as _, SystemClock};
use ebbtide::environment::Deleted;
use ebbtide::nuke::Work;
use std::time::Duration;

/// The emulator makes and deletes a stack within seconds.
const LOOKS: u32 = 1_500;

/// Things that outlive their stack, and one that doesn't.
const RETAINING: &str = "
Resources:
  Queue: {Type: AWS::SQS::Queue, DeletionPolicy: Retain, Properties: {QueueName: !Sub '${AWS::StackName}-queue'}}
  Bucket: {Type: AWS::S3::Bucket, DeletionPolicy: Retain, Properties: {BucketName: !Sub '${AWS::StackName}-bucket-${AWS::AccountId}'}}
  Logs: {Type: AWS::Logs::LogGroup, DeletionPolicy: Retain, Properties: {LogGroupName: !Sub '/${AWS::StackName}'}}
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: !Sub '${AWS::StackName}-topic'}}
";

/// A custom resource that is made and then refuses to go.
const CLINGING: &str = r"
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: beside}}
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

/// What was deleted, and by which call.
fn deleted(work: &Work) -> String {
    let line = |it: &Deleted| format!("{} by {}", it.cell.type_name, it.by);
    let mut lines: Vec<String> = work.deleted.iter().map(line).collect();
    lines.sort();
    lines.join("\n")
}

impl World {
    async fn with_stack(&self, name: &str, template: &str) {
        let by_hand = self.sandbox.cloudformation(self.account.as_str());
        let made = by_hand.create_stack().stack_name(name);
        let made = made.capabilities(Capability::CapabilityIam);
        made.template_body(template).send().await.expect("made");
        self.until_stacks(&format!("{name} CREATE_COMPLETE"), true)
            .await;
    }

    async fn deletes_stack(&self, name: &str) {
        let by_hand = self.sandbox.cloudformation(self.account.as_str());
        let deletion = by_hand.delete_stack().stack_name(name);
        deletion.send().await.expect("asked for");
    }

    /// Until the stacks that are there have this one among them, or not any more.
    async fn until_stacks(&self, line: &str, there: bool) {
        let mut stacks = Vec::new();
        for _ in 0..LOOKS {
            stacks = self.sandbox.stacks(self.account.as_str()).await;
            if stacks.iter().any(|it| it.starts_with(line)) == there {
                return;
            }
            SystemClock.sleep(Duration::from_millis(10)).await;
        }
        panic!("{line}: {there} never came: {stacks:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_outlives_its_stack_is_found_whether_the_stack_is_there_or_not() {
    let services = ["cloudformation", "logs", "s3", "sns", "sqs"];
    let world = World::of_services(&services).await;
    world.with_stack("gone", RETAINING).await;
    world.with_stack("there", RETAINING).await;
    world.deletes_stack("gone").await;
    world.until_stacks("gone ", false).await;

    let mut work = world.work();
    world.empty(&mut work).await.proof();
    assert_eq!(world.left().await, Vec::<String>::new());
    insta::assert_snapshot!(deleted(&work), @r"
    AWS::CloudFormation::Stack by DeleteStack
    AWS::Logs::LogGroup by DeleteResource
    AWS::Logs::LogGroup by DeleteResource
    AWS::S3::Bucket by DeleteResource
    AWS::S3::Bucket by DeleteResource
    AWS::SQS::Queue by DeleteResource
    AWS::SQS::Queue by DeleteResource
    ");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stack_whose_deletion_failed_goes_by_force_and_the_rest_one_by_one() {
    let services = ["cloudformation", "iam", "lambda", "logs", "sqs"];
    let world = World::of_services(&services).await;
    world.with_stack("clinging", CLINGING).await;
    world.deletes_stack("clinging").await;
    world.until_stacks("clinging DELETE_FAILED", true).await;

    let mut work = world.work();
    world.empty(&mut work).await.proof();
    assert_eq!(world.left().await, Vec::<String>::new());
    // The function wrote a log that no stack knows of.
    insta::assert_snapshot!(deleted(&work), @r"
    AWS::CloudFormation::Stack by DeleteStack
    AWS::Logs::LogGroup by DeleteResource
    ");
    let stack = &work.deleted[0];
    assert_eq!(stack.tries, 3, "the third deletion is forced: {stack:?}");
}
