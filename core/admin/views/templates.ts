/** Templates: of a connection, one to be approved, one to be sent. */
import type { FieldErrors } from './every-page.ts';
import type { MediaKind } from '../../plugin/contract/content.ts';
import type { Field } from '../../plugin/fields.ts';
import type { Attachment } from './thread.ts';

export interface TemplateRow {
  id: string;
  name: string;
  language: string;
  status: 'draft' | 'pending' | 'approved' | 'rejected' | 'paused' | 'disabled';
  category?: string;
  quality?: string;
  /** In the reader's language where the channel knows the provider's word, else as the provider said it. */
  reason?: string;
  text: string;
  updatedAt: number;
}

export interface TemplateList {
  rows: TemplateRow[];
  filter: { status?: TemplateRow['status']; search?: string };
  /** They are read from the provider, and can be read now. */
  sync: boolean;
  create: boolean;
  delete: boolean;
  nextHref?: string;
  /** Why the last deed was refused, in the provider's words. */
  error?: string;
}

/** A template that somebody wants to have approved. */
export interface TemplatePage {
  connection: { id: string; name: string };
  fields: Field[];
  errors: FieldErrors;
  /** It is typed in as it was approved elsewhere, not submitted. */
  byHand: boolean;
}

/** A template for one conversation: chosen from `rows`, then filled in. */
export interface SendTemplatePage {
  conversation: string;
  /** Of the contact. */
  name: string;
  /** Made with the page; a second submit under the same key returns the first message. */
  key: string;
  /** Approved ones; empty when one is chosen. `needs` is the kind of file that goes into the header. */
  rows: { id: string; name: string; language: string; text: string; needs?: MediaKind }[];
  nextHref?: string;
  /** `text` is as the contact will read it when `filled`, else with its variables open. */
  chosen?: { id: string; name: string; language: string; text: string; filled: boolean; buttons: string[]; header?: { kind: MediaKind; files: Attachment[] } };
  fields: Field[];
  errors: FieldErrors;
}
