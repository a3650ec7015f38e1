import { Migration } from '@mikro-orm/migrations';

export class Migration20261121113239_exports extends Migration {

  override name = 'Migration20261121113239_exports';

  override up(): void | Promise<void> {
    this.addSql(`alter table "api_key" add "expires_at" bigint null;`);

    // The history of template messages asks by number; other messages are not in it and pay nothing.
    this.addSql(`create index "message_template_index" on "message" ("number_id", "id") where kind = 'template';`);
  }

}
