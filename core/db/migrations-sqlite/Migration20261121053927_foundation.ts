import { Migration } from '@mikro-orm/migrations';

export class Migration20261121053927_foundation extends Migration {

  override name = 'Migration20261121053927_foundation';

  override up(): void | Promise<void> {
    this.addSql(`create table \`agent\` (\`id\` text not null primary key, \`tenant_id\` text not null, \`key\` text null, \`name\` text not null, \`plugin\` text not null, \`channels\` json not null, \`secrets\` json not null, \`state\` text not null default 'stopped', \`state_reason\` text null, \`state_at\` bigint not null, \`published_id\` text null, \`draft_id\` text null, \`join_ms\` integer not null default 0, \`declared\` integer not null default false, \`created_at\` bigint not null, \`deleted_at\` bigint null, \`version\` integer not null default 1);`);
    this.addSql(`create index \`agent_tenant_id_index\` on \`agent\` (\`tenant_id\`);`);
    this.addSql(`create unique index \`agent_tenant_id_key_unique\` on \`agent\` (\`tenant_id\`, \`key\`);`);

    this.addSql(`create table \`agent_version\` (\`id\` text not null primary key, \`tenant_id\` text not null, \`agent_id\` text not null, \`ordinal\` integer not null, \`settings\` json not null, \`created_at\` bigint not null, \`created_by\` text null);`);
    this.addSql(`create unique index \`agent_version_agent_id_ordinal_unique\` on \`agent_version\` (\`agent_id\`, \`ordinal\`);`);

    this.addSql(`create table \`alert\` (\`id\` text not null primary key, \`tenant_id\` text not null, \`kind\` text not null, \`key\` text not null, \`conversation_id\` text null, \`text\` text not null, \`count\` integer not null, \`at\` bigint not null, \`read_at\` bigint null);`);
    this.addSql(`create index \`alert_tenant_id_at_index\` on \`alert\` (\`tenant_id\`, \`at\`);`);
    this.addSql(`create unique index \`alert_unread_unique\` on \`alert\` (\`tenant_id\`, \`key\`) where read_at is null;`);

    this.addSql(`create table \`api_key\` (\`id\` text not null primary key, \`tenant_id\` text not null, \`name\` text not null, \`hash\` text not null, \`scopes\` json not null, \`declared\` integer not null default false, \`created_at\` bigint not null, \`last_used_at\` bigint null, \`revoked_at\` bigint null);`);
    this.addSql(`create unique index \`api_key_hash_unique\` on \`api_key\` (\`hash\`);`);

    this.addSql(`create table \`attempt\` (\`id\` text not null primary key, \`tenant_id\` text not null, \`message_id\` text not null, \`outcome\` text not null, \`code\` text null, \`said\` text not null, \`at\` bigint not null);`);
    this.addSql(`create index \`attempt_message_id_index\` on \`attempt\` (\`message_id\`);`);

    this.addSql(`create table \`audit\` (\`id\` text not null primary key, \`tenant_id\` text not null, \`user_id\` text null, \`action\` text not null, \`subject\` text not null, \`subject_id\` text null, \`detail\` json not null, \`address\` text not null, \`at\` bigint not null);`);
    this.addSql(`create index \`audit_tenant_id_id_index\` on \`audit\` (\`tenant_id\`, \`id\`);`);

    this.addSql(`create table \`binding\` (\`id\` text not null primary key, \`tenant_id\` text not null, \`number_id\` text not null, \`agent_id\` text not null, \`environment\` text not null, \`inbound\` integer not null, \`created_at\` bigint not null);`);
    this.addSql(`create index \`binding_agent_id_index\` on \`binding\` (\`agent_id\`);`);
    this.addSql(`create unique index \`binding_number_id_agent_id_environment_unique\` on \`binding\` (\`number_id\`, \`agent_id\`, \`environment\`);`);
    this.addSql(`create unique index \`binding_inbound_unique\` on \`binding\` (\`number_id\`) where inbound;`);

    this.addSql(`create table \`connection\` (\`id\` text not null primary key, \`tenant_id\` text not null, \`plugin\` text not null, \`key\` text null, \`name\` text not null, \`description\` text not null default '', \`settings\` json not null, \`state\` text not null default 'stopped', \`state_reason\` text null, \`state_at\` bigint not null, \`checks\` json null, \`checked_at\` bigint null, \`declared\` integer not null default false, \`created_at\` bigint not null, \`deleted_at\` bigint null, \`version\` integer not null default 1);`);
    this.addSql(`create index \`connection_tenant_id_index\` on \`connection\` (\`tenant_id\`);`);
    this.addSql(`create unique index \`connection_tenant_id_key_unique\` on \`connection\` (\`tenant_id\`, \`key\`);`);

    this.addSql(`create table \`contact\` (\`id\` text not null primary key, \`tenant_id\` text not null, \`name\` text null, \`phone\` text null, \`attributes\` json not null, \`locale\` text null, \`merged_into\` text null, \`blocked_at\` bigint null, \`created_at\` bigint not null);`);
    this.addSql(`create index \`contact_tenant_id_id_index\` on \`contact\` (\`tenant_id\`, \`id\`);`);

    this.addSql(`create table \`conversation\` (\`id\` text not null primary key, \`tenant_id\` text not null, \`connection_id\` text not null, \`number_id\` text not null, \`contact_id\` text not null, \`thread\` text null, \`state\` text not null, \`ai\` integer not null, \`assignee_id\` text null, \`escalated_at\` bigint null, \`escalation\` text null, \`last_seq\` integer not null, \`turn_seq\` integer not null, \`unread\` integer not null, \`last_inbound_at\` bigint null, \`last_message_at\` bigint not null, \`last_text\` text not null, \`last_kind\` text not null, \`last_message_id\` text null, \`last_author\` text not null, \`last_status\` text not null, \`template_at\` bigint null, \`agent_state\` json null, \`why\` json null, \`sentiment\` text null, \`summary\` text null, \`created_at\` bigint not null, \`closed_at\` bigint null);`);
    this.addSql(`create index \`conversation_tenant_id_last_message_at_id_index\` on \`conversation\` (\`tenant_id\`, \`last_message_at\`, \`id\`);`);
    this.addSql(`create index \`conversation_contact_id_index\` on \`conversation\` (\`contact_id\`);`);
    this.addSql(`create unique index \`conversation_open_unique\` on \`conversation\` (\`number_id\`, \`contact_id\`) where state = 'open';`);

    this.addSql(`create table \`delivery\` (\`id\` text not null primary key, \`tenant_id\` text not null, \`connection_id\` text not null, \`received_at\` bigint not null, \`method\` text not null, \`url\` text not null, \`headers\` json not null, \`body\` blob not null, \`state\` text not null, \`reason\` text null, \`events\` integer null, \`processed_at\` bigint null);`);
    this.addSql(`create index \`delivery_due_index\` on \`delivery\` (\`connection_id\`, \`id\`) where state = 'received';`);
    this.addSql(`create index \`delivery_tenant_id_id_index\` on \`delivery\` (\`tenant_id\`, \`id\`);`);
    this.addSql(`create index \`delivery_failed_index\` on \`delivery\` (\`tenant_id\`, \`id\`) where state = 'failed';`);

    this.addSql(`create table \`identity\` (\`id\` text not null primary key, \`tenant_id\` text not null, \`contact_id\` text not null, \`scope\` text not null, \`kind\` text not null, \`value\` text not null);`);
    this.addSql(`create index \`identity_contact_id_index\` on \`identity\` (\`contact_id\`);`);
    this.addSql(`create unique index \`identity_tenant_id_scope_kind_value_unique\` on \`identity\` (\`tenant_id\`, \`scope\`, \`kind\`, \`value\`);`);

    this.addSql(`create table \`installation\` (\`key\` text not null primary key, \`value\` text not null, \`updated_at\` bigint not null);`);

    this.addSql(`create table \`job\` (\`id\` text not null primary key, \`tenant_id\` text not null, \`lane\` text not null, \`kind\` text not null, \`ref\` text not null, \`payload\` json null, \`ready_at\` bigint not null, \`attempts\` integer not null, \`waiting_for\` text null, \`error\` text null, \`buried_at\` bigint null, \`created_at\` bigint not null);`);
    this.addSql(`create index \`job_due_index\` on \`job\` (\`lane\`, \`id\`) where buried_at is null;`);
    this.addSql(`create index \`job_waiting_index\` on \`job\` (\`waiting_for\`) where waiting_for is not null;`);
    this.addSql(`create index \`job_buried_index\` on \`job\` (\`tenant_id\`, \`id\`) where buried_at is not null;`);
    this.addSql(`create index \`job_ref_index\` on \`job\` (\`ref\`);`);

    this.addSql(`create table \`lane\` (\`key\` text not null primary key, \`ready_at\` bigint null, \`locked_until\` bigint not null, \`fence\` text null);`);
    this.addSql(`create index \`lane_ready_index\` on \`lane\` (\`ready_at\`) where ready_at is not null;`);

    this.addSql(`create table \`login\` (\`id\` text not null primary key, \`user_id\` text not null, \`token_hash\` text not null, \`created_at\` bigint not null, \`last_seen_at\` bigint not null, \`expires_at\` bigint not null, \`address\` text not null, \`browser\` text not null);`);
    this.addSql(`create index \`login_user_id_index\` on \`login\` (\`user_id\`);`);
    this.addSql(`create unique index \`login_token_hash_unique\` on \`login\` (\`token_hash\`);`);

    this.addSql(`create table \`media\` (\`id\` text not null primary key, \`tenant_id\` text not null, \`connection_id\` text not null, \`message_id\` text not null, \`provider_ref\` text not null, \`kind\` text not null, \`mime\` text null, \`name\` text null, \`sha256\` text null, \`bytes\` bigint null, \`state\` text not null, \`created_at\` bigint not null);`);
    this.addSql(`create index \`media_message_id_index\` on \`media\` (\`message_id\`);`);

    this.addSql(`create table \`membership\` (\`id\` text not null primary key, \`tenant_id\` text not null, \`user_id\` text not null, \`role\` text not null, \`created_at\` bigint not null);`);
    this.addSql(`create index \`membership_user_id_index\` on \`membership\` (\`user_id\`);`);
    this.addSql(`create unique index \`membership_tenant_id_user_id_unique\` on \`membership\` (\`tenant_id\`, \`user_id\`);`);

    this.addSql(`create table \`message\` (\`id\` text not null primary key, \`tenant_id\` text not null, \`conversation_id\` text not null, \`connection_id\` text not null, \`number_id\` text not null, \`contact_id\` text not null, \`seq\` integer not null, \`author\` text not null, \`author_id\` text null, \`kind\` text not null, \`content\` json not null, \`text\` text not null, \`status\` text not null, \`status_at\` bigint not null, \`provider_ref\` text null, \`event_id\` text null, \`reply_to\` text null, \`cause\` text null, \`purpose\` text null, \`prepared\` json null, \`error\` json null, \`attempts\` integer not null, \`delivery_id\` text null, \`at\` bigint not null, \`created_at\` bigint not null);`);
    this.addSql(`create index \`message_provider_ref_index\` on \`message\` (\`connection_id\`, \`provider_ref\`) where provider_ref is not null and event_id is null;`);
    this.addSql(`create unique index \`message_conversation_id_seq_unique\` on \`message\` (\`conversation_id\`, \`seq\`);`);
    this.addSql(`create unique index \`message_event_unique\` on \`message\` (\`connection_id\`, \`event_id\`) where event_id is not null;`);
    this.addSql(`create unique index \`message_cause_unique\` on \`message\` (\`cause\`) where cause is not null;`);

    this.addSql(`create table \`message_ref\` (\`connection_id\` text not null, \`ref\` text not null, \`tenant_id\` text not null, \`message_id\` text not null, primary key (\`connection_id\`, \`ref\`));`);

    this.addSql(`create table \`number\` (\`id\` text not null primary key, \`tenant_id\` text not null, \`connection_id\` text not null, \`plugin\` text not null, \`account\` text not null, \`display_name\` text not null, \`phone\` text null, \`active\` integer not null, \`line\` integer not null, \`declared\` integer not null default false, \`created_at\` bigint not null, \`deleted_at\` bigint null, \`version\` integer not null default 1);`);
    this.addSql(`create index \`number_tenant_id_index\` on \`number\` (\`tenant_id\`);`);
    this.addSql(`create index \`number_connection_id_index\` on \`number\` (\`connection_id\`);`);
    this.addSql(`create unique index \`number_account_unique\` on \`number\` (\`plugin\`, \`account\`) where deleted_at is null;`);

    this.addSql(`create table \`plugin_store\` (\`connection_id\` text not null, \`key\` text not null, \`value\` text not null, \`updated_at\` bigint not null, primary key (\`connection_id\`, \`key\`));`);

    this.addSql(`create table \`provider_event\` (\`id\` text not null primary key, \`tenant_id\` text not null, \`connection_id\` text not null, \`delivery_id\` text not null, \`event_id\` text not null, \`kind\` text not null, \`account\` text null, \`at\` bigint not null, \`payload\` json not null);`);
    this.addSql(`create unique index \`provider_event_connection_id_event_id_unique\` on \`provider_event\` (\`connection_id\`, \`event_id\`);`);

    this.addSql(`create table \`receipt\` (\`id\` text not null primary key, \`tenant_id\` text not null, \`connection_id\` text not null, \`delivery_id\` text not null, \`message_id\` text null, \`event_id\` text not null, \`ref\` text not null, \`status\` text not null, \`at\` bigint not null, \`error\` json null, \`price\` json null);`);
    this.addSql(`create index \`receipt_message_id_index\` on \`receipt\` (\`message_id\`);`);
    this.addSql(`create index \`receipt_parked_index\` on \`receipt\` (\`connection_id\`, \`ref\`) where message_id is null;`);
    this.addSql(`create unique index \`receipt_connection_id_event_id_unique\` on \`receipt\` (\`connection_id\`, \`event_id\`);`);

    this.addSql(`create table \`rejection\` (\`id\` text not null primary key, \`tenant_id\` text not null, \`connection_id\` text not null, \`cause\` text not null, \`source\` text not null, \`count\` integer not null, \`first_at\` bigint not null, \`last_at\` bigint not null);`);
    this.addSql(`create unique index \`rejection_connection_id_cause_source_unique\` on \`rejection\` (\`connection_id\`, \`cause\`, \`source\`);`);

    this.addSql(`create table \`session\` (\`id\` text not null primary key, \`tenant_id\` text not null, \`conversation_id\` text not null, \`agent_id\` text not null, \`agent_version_id\` text not null, \`turns\` integer not null, \`started_at\` bigint not null, \`last_at\` bigint not null, \`ended_at\` bigint null, \`outcome\` text null);`);
    this.addSql(`create index \`session_conversation_id_id_index\` on \`session\` (\`conversation_id\`, \`id\`);`);
    this.addSql(`create index \`session_tenant_id_id_index\` on \`session\` (\`tenant_id\`, \`id\`);`);
    this.addSql(`create unique index \`session_running_unique\` on \`session\` (\`conversation_id\`) where ended_at is null;`);

    this.addSql(`create table \`template\` (\`id\` text not null primary key, \`tenant_id\` text not null, \`connection_id\` text not null, \`provider_id\` text not null, \`name\` text not null, \`language\` text not null, \`status\` text not null, \`category\` text null, \`quality\` text null, \`reason\` text null, \`components\` json not null, \`updated_at\` bigint not null);`);
    this.addSql(`create unique index \`template_connection_id_name_language_unique\` on \`template\` (\`connection_id\`, \`name\`, \`language\`);`);

    this.addSql(`create table \`tenant\` (\`id\` text not null primary key, \`slug\` text not null, \`name\` text not null, \`locale\` text not null, \`time_zone\` text not null, \`declared\` integer not null default false, \`created_at\` bigint not null);`);
    this.addSql(`create unique index \`tenant_slug_unique\` on \`tenant\` (\`slug\`);`);

    this.addSql(`create table \`throttle\` (\`key\` text not null primary key, \`failures\` integer not null, \`blocked_until\` bigint not null, \`updated_at\` bigint not null);`);

    this.addSql(`create table \`user\` (\`id\` text not null primary key, \`email\` text not null, \`name\` text not null, \`password_hash\` text null, \`locale\` text null, \`theme\` text null, \`created_at\` bigint not null, \`disabled_at\` bigint null);`);
    this.addSql(`create unique index \`user_email_unique\` on \`user\` (\`email\`);`);

    this.addSql(`create table \`webhook_key\` (\`id\` text not null primary key, \`tenant_id\` text not null, \`connection_id\` text not null, \`hash\` text not null, \`sealed\` text not null, \`valid_until\` bigint null, \`created_at\` bigint not null);`);
    this.addSql(`create index \`webhook_key_connection_id_index\` on \`webhook_key\` (\`connection_id\`);`);
    this.addSql(`create unique index \`webhook_key_hash_unique\` on \`webhook_key\` (\`hash\`);`);
  }

}
