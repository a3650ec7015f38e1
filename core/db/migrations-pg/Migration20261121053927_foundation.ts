import { Migration } from '@mikro-orm/migrations';

export class Migration20261121053927_foundation extends Migration {

  override name = 'Migration20261121053927_foundation';

  override up(): void | Promise<void> {
    this.addSql(`create table "agent" ("id" uuid not null, "tenant_id" uuid not null, "key" varchar(64) null, "name" varchar(255) not null, "plugin" varchar(64) not null, "channels" jsonb not null, "secrets" jsonb not null, "state" varchar(64) not null default 'stopped', "state_reason" text null, "state_at" bigint not null, "published_id" uuid null, "draft_id" uuid null, "join_ms" int not null default 0, "declared" boolean not null default false, "created_at" bigint not null, "deleted_at" bigint null, "version" int not null default 1, primary key ("id"));`);
    this.addSql(`create index "agent_tenant_id_index" on "agent" ("tenant_id");`);
    this.addSql(`alter table "agent" add constraint "agent_tenant_id_key_unique" unique ("tenant_id", "key");`);

    this.addSql(`create table "agent_version" ("id" uuid not null, "tenant_id" uuid not null, "agent_id" uuid not null, "ordinal" int not null, "settings" jsonb not null, "created_at" bigint not null, "created_by" uuid null, primary key ("id"));`);
    this.addSql(`alter table "agent_version" add constraint "agent_version_agent_id_ordinal_unique" unique ("agent_id", "ordinal");`);

    this.addSql(`create table "alert" ("id" uuid not null, "tenant_id" uuid not null, "kind" varchar(64) not null, "key" varchar(255) not null, "conversation_id" uuid null, "text" text not null, "count" int not null, "at" bigint not null, "read_at" bigint null, primary key ("id"));`);
    this.addSql(`create index "alert_tenant_id_at_index" on "alert" ("tenant_id", "at");`);
    this.addSql(`create unique index "alert_unread_unique" on "alert" ("tenant_id", "key") where read_at is null;`);

    this.addSql(`create table "api_key" ("id" uuid not null, "tenant_id" uuid not null, "name" varchar(255) not null, "hash" varchar(64) not null, "scopes" jsonb not null, "declared" boolean not null default false, "created_at" bigint not null, "last_used_at" bigint null, "revoked_at" bigint null, primary key ("id"));`);
    this.addSql(`alter table "api_key" add constraint "api_key_hash_unique" unique ("hash");`);

    this.addSql(`create table "attempt" ("id" uuid not null, "tenant_id" uuid not null, "message_id" uuid not null, "outcome" varchar(64) not null, "code" varchar(64) null, "said" text not null, "at" bigint not null, primary key ("id"));`);
    this.addSql(`create index "attempt_message_id_index" on "attempt" ("message_id");`);

    this.addSql(`create table "audit" ("id" uuid not null, "tenant_id" uuid not null, "user_id" uuid null, "action" varchar(64) not null, "subject" varchar(64) not null, "subject_id" varchar(64) null, "detail" jsonb not null, "address" varchar(64) not null, "at" bigint not null, primary key ("id"));`);
    this.addSql(`create index "audit_tenant_id_id_index" on "audit" ("tenant_id", "id");`);

    this.addSql(`create table "binding" ("id" uuid not null, "tenant_id" uuid not null, "number_id" uuid not null, "agent_id" uuid not null, "environment" varchar(64) not null, "inbound" boolean not null, "created_at" bigint not null, primary key ("id"));`);
    this.addSql(`create index "binding_agent_id_index" on "binding" ("agent_id");`);
    this.addSql(`alter table "binding" add constraint "binding_number_id_agent_id_environment_unique" unique ("number_id", "agent_id", "environment");`);
    this.addSql(`create unique index "binding_inbound_unique" on "binding" ("number_id") where inbound;`);

    this.addSql(`create table "connection" ("id" uuid not null, "tenant_id" uuid not null, "plugin" varchar(64) not null, "key" varchar(64) null, "name" varchar(255) not null, "description" text not null default '', "settings" jsonb not null, "state" varchar(64) not null default 'stopped', "state_reason" text null, "state_at" bigint not null, "checks" jsonb null, "checked_at" bigint null, "declared" boolean not null default false, "created_at" bigint not null, "deleted_at" bigint null, "version" int not null default 1, primary key ("id"));`);
    this.addSql(`create index "connection_tenant_id_index" on "connection" ("tenant_id");`);
    this.addSql(`alter table "connection" add constraint "connection_tenant_id_key_unique" unique ("tenant_id", "key");`);

    this.addSql(`create table "contact" ("id" uuid not null, "tenant_id" uuid not null, "name" varchar(255) null, "phone" varchar(64) null, "attributes" jsonb not null, "locale" varchar(8) null, "merged_into" uuid null, "blocked_at" bigint null, "created_at" bigint not null, primary key ("id"));`);
    this.addSql(`create index "contact_tenant_id_id_index" on "contact" ("tenant_id", "id");`);

    this.addSql(`create table "conversation" ("id" uuid not null, "tenant_id" uuid not null, "connection_id" uuid not null, "number_id" uuid not null, "contact_id" uuid not null, "thread" varchar(255) null, "state" varchar(64) not null, "ai" boolean not null, "assignee_id" uuid null, "escalated_at" bigint null, "escalation" text null, "last_seq" int not null, "turn_seq" int not null, "unread" int not null, "last_inbound_at" bigint null, "last_message_at" bigint not null, "last_text" varchar(255) not null, "last_kind" varchar(64) not null, "last_message_id" uuid null, "last_author" varchar(64) not null, "last_status" varchar(64) not null, "template_at" bigint null, "agent_state" jsonb null, "why" jsonb null, "sentiment" varchar(64) null, "summary" text null, "created_at" bigint not null, "closed_at" bigint null, primary key ("id"));`);
    this.addSql(`create index "conversation_tenant_id_last_message_at_id_index" on "conversation" ("tenant_id", "last_message_at", "id");`);
    this.addSql(`create index "conversation_contact_id_index" on "conversation" ("contact_id");`);
    this.addSql(`create unique index "conversation_open_unique" on "conversation" ("number_id", "contact_id") where state = 'open';`);

    this.addSql(`create table "delivery" ("id" uuid not null, "tenant_id" uuid not null, "connection_id" uuid not null, "received_at" bigint not null, "method" varchar(8) not null, "url" text not null, "headers" jsonb not null, "body" bytea not null, "state" varchar(64) not null, "reason" text null, "events" int null, "processed_at" bigint null, primary key ("id"));`);
    this.addSql(`create index "delivery_due_index" on "delivery" ("connection_id", "id") where state = 'received';`);
    this.addSql(`create index "delivery_tenant_id_id_index" on "delivery" ("tenant_id", "id");`);
    this.addSql(`create index "delivery_failed_index" on "delivery" ("tenant_id", "id") where state = 'failed';`);

    this.addSql(`create table "identity" ("id" uuid not null, "tenant_id" uuid not null, "contact_id" uuid not null, "scope" varchar(64) not null, "kind" varchar(64) not null, "value" varchar(255) not null, primary key ("id"));`);
    this.addSql(`create index "identity_contact_id_index" on "identity" ("contact_id");`);
    this.addSql(`alter table "identity" add constraint "identity_tenant_id_scope_kind_value_unique" unique ("tenant_id", "scope", "kind", "value");`);

    this.addSql(`create table "installation" ("key" varchar(64) not null, "value" text not null, "updated_at" bigint not null, primary key ("key"));`);

    this.addSql(`create table "job" ("id" uuid not null, "tenant_id" uuid not null, "lane" varchar(64) not null, "kind" varchar(64) not null, "ref" uuid not null, "payload" jsonb null, "ready_at" bigint not null, "attempts" int not null, "waiting_for" varchar(64) null, "error" text null, "buried_at" bigint null, "created_at" bigint not null, primary key ("id"));`);
    this.addSql(`create index "job_due_index" on "job" ("lane", "id") where buried_at is null;`);
    this.addSql(`create index "job_waiting_index" on "job" ("waiting_for") where waiting_for is not null;`);
    this.addSql(`create index "job_buried_index" on "job" ("tenant_id", "id") where buried_at is not null;`);
    this.addSql(`create index "job_ref_index" on "job" ("ref");`);

    this.addSql(`create table "lane" ("key" varchar(64) not null, "ready_at" bigint null, "locked_until" bigint not null, "fence" varchar(255) null, primary key ("key"));`);
    this.addSql(`create index "lane_ready_index" on "lane" ("ready_at") where ready_at is not null;`);

    this.addSql(`create table "login" ("id" uuid not null, "user_id" uuid not null, "token_hash" varchar(64) not null, "created_at" bigint not null, "last_seen_at" bigint not null, "expires_at" bigint not null, "address" varchar(64) not null, "browser" varchar(255) not null, primary key ("id"));`);
    this.addSql(`create index "login_user_id_index" on "login" ("user_id");`);
    this.addSql(`alter table "login" add constraint "login_token_hash_unique" unique ("token_hash");`);

    this.addSql(`create table "media" ("id" uuid not null, "tenant_id" uuid not null, "connection_id" uuid not null, "message_id" uuid not null, "provider_ref" text not null, "kind" varchar(64) not null, "mime" varchar(255) null, "name" varchar(255) null, "sha256" varchar(64) null, "bytes" bigint null, "state" varchar(64) not null, "created_at" bigint not null, primary key ("id"));`);
    this.addSql(`create index "media_message_id_index" on "media" ("message_id");`);

    this.addSql(`create table "membership" ("id" uuid not null, "tenant_id" uuid not null, "user_id" uuid not null, "role" varchar(64) not null, "created_at" bigint not null, primary key ("id"));`);
    this.addSql(`create index "membership_user_id_index" on "membership" ("user_id");`);
    this.addSql(`alter table "membership" add constraint "membership_tenant_id_user_id_unique" unique ("tenant_id", "user_id");`);

    this.addSql(`create table "message" ("id" uuid not null, "tenant_id" uuid not null, "conversation_id" uuid not null, "connection_id" uuid not null, "number_id" uuid not null, "contact_id" uuid not null, "seq" int not null, "author" varchar(64) not null, "author_id" uuid null, "kind" varchar(64) not null, "content" jsonb not null, "text" text not null, "status" varchar(64) not null, "status_at" bigint not null, "provider_ref" varchar(512) null, "event_id" varchar(512) null, "reply_to" varchar(512) null, "cause" varchar(255) null, "purpose" varchar(64) null, "prepared" jsonb null, "error" jsonb null, "attempts" int not null, "delivery_id" uuid null, "at" bigint not null, "created_at" bigint not null, primary key ("id"));`);
    this.addSql(`create index "message_provider_ref_index" on "message" ("connection_id", "provider_ref") where provider_ref is not null and event_id is null;`);
    this.addSql(`alter table "message" add constraint "message_conversation_id_seq_unique" unique ("conversation_id", "seq");`);
    this.addSql(`create unique index "message_event_unique" on "message" ("connection_id", "event_id") where event_id is not null;`);
    this.addSql(`create unique index "message_cause_unique" on "message" ("cause") where cause is not null;`);

    this.addSql(`create table "message_ref" ("connection_id" uuid not null, "ref" varchar(512) not null, "tenant_id" uuid not null, "message_id" uuid not null, primary key ("connection_id", "ref"));`);

    this.addSql(`create table "number" ("id" uuid not null, "tenant_id" uuid not null, "connection_id" uuid not null, "plugin" varchar(64) not null, "account" varchar(255) not null, "display_name" varchar(255) not null, "phone" varchar(64) null, "active" boolean not null, "line" int not null, "declared" boolean not null default false, "created_at" bigint not null, "deleted_at" bigint null, "version" int not null default 1, primary key ("id"));`);
    this.addSql(`create index "number_tenant_id_index" on "number" ("tenant_id");`);
    this.addSql(`create index "number_connection_id_index" on "number" ("connection_id");`);
    this.addSql(`create unique index "number_account_unique" on "number" ("plugin", "account") where deleted_at is null;`);

    this.addSql(`create table "plugin_store" ("connection_id" uuid not null, "key" varchar(64) not null, "value" text not null, "updated_at" bigint not null, primary key ("connection_id", "key"));`);

    this.addSql(`create table "provider_event" ("id" uuid not null, "tenant_id" uuid not null, "connection_id" uuid not null, "delivery_id" uuid not null, "event_id" varchar(512) not null, "kind" varchar(64) not null, "account" varchar(255) null, "at" bigint not null, "payload" jsonb not null, primary key ("id"));`);
    this.addSql(`alter table "provider_event" add constraint "provider_event_connection_id_event_id_unique" unique ("connection_id", "event_id");`);

    this.addSql(`create table "receipt" ("id" uuid not null, "tenant_id" uuid not null, "connection_id" uuid not null, "delivery_id" uuid not null, "message_id" uuid null, "event_id" varchar(512) not null, "ref" varchar(512) not null, "status" varchar(64) not null, "at" bigint not null, "error" jsonb null, "price" jsonb null, primary key ("id"));`);
    this.addSql(`create index "receipt_message_id_index" on "receipt" ("message_id");`);
    this.addSql(`create index "receipt_parked_index" on "receipt" ("connection_id", "ref") where message_id is null;`);
    this.addSql(`alter table "receipt" add constraint "receipt_connection_id_event_id_unique" unique ("connection_id", "event_id");`);

    this.addSql(`create table "rejection" ("id" uuid not null, "tenant_id" uuid not null, "connection_id" uuid not null, "cause" varchar(64) not null, "source" varchar(64) not null, "count" int not null, "first_at" bigint not null, "last_at" bigint not null, primary key ("id"));`);
    this.addSql(`alter table "rejection" add constraint "rejection_connection_id_cause_source_unique" unique ("connection_id", "cause", "source");`);

    this.addSql(`create table "session" ("id" uuid not null, "tenant_id" uuid not null, "conversation_id" uuid not null, "agent_id" uuid not null, "agent_version_id" uuid not null, "turns" int not null, "started_at" bigint not null, "last_at" bigint not null, "ended_at" bigint null, "outcome" varchar(64) null, primary key ("id"));`);
    this.addSql(`create index "session_conversation_id_id_index" on "session" ("conversation_id", "id");`);
    this.addSql(`create index "session_tenant_id_id_index" on "session" ("tenant_id", "id");`);
    this.addSql(`create unique index "session_running_unique" on "session" ("conversation_id") where ended_at is null;`);

    this.addSql(`create table "template" ("id" uuid not null, "tenant_id" uuid not null, "connection_id" uuid not null, "provider_id" varchar(255) not null, "name" varchar(255) not null, "language" varchar(64) not null, "status" varchar(64) not null, "category" varchar(64) null, "quality" varchar(64) null, "reason" text null, "components" jsonb not null, "updated_at" bigint not null, primary key ("id"));`);
    this.addSql(`alter table "template" add constraint "template_connection_id_name_language_unique" unique ("connection_id", "name", "language");`);

    this.addSql(`create table "tenant" ("id" uuid not null, "slug" varchar(64) not null, "name" varchar(255) not null, "locale" varchar(8) not null, "time_zone" varchar(64) not null, "declared" boolean not null default false, "created_at" bigint not null, primary key ("id"));`);
    this.addSql(`alter table "tenant" add constraint "tenant_slug_unique" unique ("slug");`);

    this.addSql(`create table "throttle" ("key" varchar(255) not null, "failures" int not null, "blocked_until" bigint not null, "updated_at" bigint not null, primary key ("key"));`);

    this.addSql(`create table "user" ("id" uuid not null, "email" varchar(255) not null, "name" varchar(255) not null, "password_hash" text null, "locale" varchar(8) null, "theme" varchar(64) null, "created_at" bigint not null, "disabled_at" bigint null, primary key ("id"));`);
    this.addSql(`alter table "user" add constraint "user_email_unique" unique ("email");`);

    this.addSql(`create table "webhook_key" ("id" uuid not null, "tenant_id" uuid not null, "connection_id" uuid not null, "hash" varchar(64) not null, "sealed" text not null, "valid_until" bigint null, "created_at" bigint not null, primary key ("id"));`);
    this.addSql(`create index "webhook_key_connection_id_index" on "webhook_key" ("connection_id");`);
    this.addSql(`alter table "webhook_key" add constraint "webhook_key_hash_unique" unique ("hash");`);
  }

}
