//! Trails that record calls here.

use aws_config::SdkConfig;
use aws_sdk_cloudtrail::operation::get_event_selectors::GetEventSelectorsOutput;
use aws_sdk_cloudtrail::types::ReadWriteType;
use tagmend_doctor::facts::{Look, Records, Trail};
use tagmend_remedy::AwsError;

use super::not_read;

/// Also those of the organization, which the management account owns. Source: `includeShadowTrails` of `DescribeTrails` in
/// the CloudTrail API reference.
pub(super) async fn read(configuration: &SdkConfig) -> Look<Vec<Trail>> {
    let client = aws_sdk_cloudtrail::Client::new(configuration);
    let answer = client.describe_trails().include_shadow_trails(true).send().await;
    let answer = answer.map_err(|error| not_read(&AwsError::new("cloudtrail:DescribeTrails", &error)))?;
    let mut trails = Vec::new();
    for trail in answer.trail_list.unwrap_or_default() {
        let arn = trail.trail_arn.unwrap_or_default();
        let status = client.get_trail_status().name(&arn).send().await;
        let status = status.map_err(|error| AwsError::new("cloudtrail:GetTrailStatus", &error));
        let selectors = client.get_event_selectors().trail_name(&arn).send().await;
        let selectors = selectors.map_err(|error| AwsError::new("cloudtrail:GetEventSelectors", &error));
        trails.push(Trail {
            home_region: trail.home_region.unwrap_or_default(),
            is_of_all_regions: trail.is_multi_region_trail.unwrap_or(false),
            is_of_organization: trail.is_organization_trail.unwrap_or(false),
            is_logging: status
                .map(|status| status.is_logging.unwrap_or(false))
                .map_err(|error| not_read(&error)),
            records: selectors.map(|selectors| records(&selectors)).map_err(|error| not_read(&error)),
            arn,
        });
    }
    Ok(trails)
}

/// A trail has selectors of one of two forms. Of the newer, one that chooses management events and nothing among them records
/// all of them; an exclusion of KMS or RDS (`eventSource`) leaves out what is no denial of a session's call.
fn records(selectors: &GetEventSelectorsOutput) -> Records {
    let basic = selectors.event_selectors().iter().any(|selector| {
        selector.include_management_events.unwrap_or(true)
            && matches!(selector.read_write_type, None | Some(ReadWriteType::All))
    });
    let advanced = selectors.advanced_event_selectors().iter().any(|selector| {
        let fields = selector.field_selectors();
        let is_management = fields.iter().any(|field| {
            field.field() == "eventCategory" && field.equals().iter().any(|value| value == "Management")
        });
        is_management && fields.iter().all(|field| ["eventCategory", "eventSource"].contains(&field.field()))
    });
    if basic || advanced { Records::All } else { Records::Some }
}
