import { Migration } from '@mikro-orm/migrations';

export class Migration20261121080853_channels extends Migration {

  override name = 'Migration20261121080853_channels';

  override up(): void | Promise<void> {
    this.addSql(`create table "connection_log" ("id" uuid not null, "tenant_id" uuid not null, "connection_id" uuid not null, "at" bigint not null, "level" varchar(64) not null, "message" text not null, "detail" jsonb not null, primary key ("id"));`);
    this.addSql(`create index "connection_log_connection_id_id_index" on "connection_log" ("connection_id", "id");`);

    this.addSql(`alter table "connection" add "previous" jsonb null, add "previous_until" bigint null, add "last_event_at" bigint null, add "templates_at" bigint null;`);

    this.addSql(`alter table "conversation" add "paced_until" bigint not null default '0';`);

    this.addSql(`alter table "media" drop column "provider_ref";`);
    this.addSql(`alter table "media" add "source" jsonb null, add "reason" text null, add "width" int null, add "height" int null, add "duration_ms" int null, add "thumbnail" boolean not null default false, add "mp4" boolean not null default false, add "stored_at" bigint null;`);
    this.addSql(`alter table "media" alter column "connection_id" drop not null;`);
    this.addSql(`alter table "media" alter column "message_id" drop not null;`);
    this.addSql(`create index "media_tenant_id_id_index" on "media" ("tenant_id", "id");`);

    this.addSql(`alter table "message" add "changes" jsonb null;`);

    this.addSql(`alter table "number" add "paced_until" bigint not null default '0';`);

    this.addSql(`alter table "template" drop constraint "template_connection_id_name_language_unique";`);
    this.addSql(`alter table "template" add "preview" jsonb not null, add "variables" jsonb not null, add "deleted_at" bigint null;`);
    this.addSql(`create index "template_tenant_id_connection_id_name_language_index" on "template" ("tenant_id", "connection_id", "name", "language");`);
    this.addSql(`alter table "template" add constraint "template_connection_id_provider_id_unique" unique ("connection_id", "provider_id");`);
  }
}
