import { Migration } from '@mikro-orm/migrations';

export class Migration20261121080853_channels extends Migration {

  override name = 'Migration20261121080853_channels';

  override up(): void | Promise<void> {
    this.addSql(`create table \`connection_log\` (\`id\` text not null primary key, \`tenant_id\` text not null, \`connection_id\` text not null, \`at\` bigint not null, \`level\` text not null, \`message\` text not null, \`detail\` json not null);`);
    this.addSql(`create index \`connection_log_connection_id_id_index\` on \`connection_log\` (\`connection_id\`, \`id\`);`);

    this.addSql(`alter table \`connection\` add column \`previous\` json null;`);
    this.addSql(`alter table \`connection\` add column \`previous_until\` bigint null;`);
    this.addSql(`alter table \`connection\` add column \`last_event_at\` bigint null;`);
    this.addSql(`alter table \`connection\` add column \`templates_at\` bigint null;`);

    this.addSql(`alter table \`conversation\` add column \`paced_until\` bigint not null default '0';`);

    // Nothing wrote media or templates before this.
    this.addSql(`drop table \`media\`;`);
    this.addSql(`create table \`media\` (\`id\` text not null primary key, \`tenant_id\` text not null, \`connection_id\` text null, \`message_id\` text null, \`source\` json null, \`kind\` text not null, \`mime\` text null, \`name\` text null, \`sha256\` text null, \`bytes\` bigint null, \`state\` text not null, \`reason\` text null, \`width\` integer null, \`height\` integer null, \`duration_ms\` integer null, \`thumbnail\` integer not null default false, \`mp4\` integer not null default false, \`created_at\` bigint not null, \`stored_at\` bigint null);`);
    this.addSql(`create index \`media_message_id_index\` on \`media\` (\`message_id\`);`);
    this.addSql(`create index \`media_tenant_id_id_index\` on \`media\` (\`tenant_id\`, \`id\`);`);

    this.addSql(`alter table \`message\` add column \`changes\` json null;`);

    this.addSql(`alter table \`number\` add column \`paced_until\` bigint not null default '0';`);

    this.addSql(`drop table \`template\`;`);
    this.addSql(`create table \`template\` (\`id\` text not null primary key, \`tenant_id\` text not null, \`connection_id\` text not null, \`provider_id\` text not null, \`name\` text not null, \`language\` text not null, \`status\` text not null, \`category\` text null, \`quality\` text null, \`reason\` text null, \`components\` json not null, \`preview\` json not null, \`variables\` json not null, \`updated_at\` bigint not null, \`deleted_at\` bigint null);`);
    this.addSql(`create index \`template_tenant_id_connection_id_name_language_index\` on \`template\` (\`tenant_id\`, \`connection_id\`, \`name\`, \`language\`);`);
    this.addSql(`create unique index \`template_connection_id_provider_id_unique\` on \`template\` (\`connection_id\`, \`provider_id\`);`);
  }
}
