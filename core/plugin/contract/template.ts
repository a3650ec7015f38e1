/** Templates: messages that the provider approves beforehand. */
import type { MediaKind } from './content.ts';
import type { Json } from './plugin.ts';

export type TemplateStatus = 'draft' | 'pending' | 'approved' | 'rejected' | 'paused' | 'disabled';

export interface TemplateRecord {
  /** The provider's id of this name in this language. */
  id: string;
  name: string;
  language: string;
  status: TemplateStatus;
  category?: string;
  quality?: string;
  /** Why it was rejected or paused, in the provider's words. Pages say a word such as `FIRST_PAUSE` with the plugin's text `template.reason.FIRST_PAUSE`, where there is one; those of WhatsApp's review, such as `INVALID_FORMAT`, they know themselves. */
  reason?: string;
  /** As the provider gave it. */
  components: Json;
  /** What the contact sees, with `{{key}}` where a variable goes. */
  preview: TemplatePreview;
  /** What must be filled in, in the order in which a person would; keys are the plugin's own. */
  variables: { key: string; example?: string }[];
}

export interface TemplatePreview {
  header?: { kind: 'text'; text: string } | { kind: MediaKind };
  body: string;
  footer?: string;
  buttons?: { kind: 'reply' | 'url' | 'phone' | 'code' | 'other'; title: string; target?: string }[];
}

/** What a person or the API wants to have approved. Variables stand in the texts as `{{1}}` or `{{first_name}}`, with an example each. */
export interface TemplateDraft {
  name: string;
  language: string;
  category: string;
  preview: TemplatePreview;
  examples: Record<string, string>;
}
