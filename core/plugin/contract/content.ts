/** What is said, in and out. */
import type { ProviderError } from './event.ts';
import type { Json } from './plugin.ts';

export type MediaKind = 'image' | 'video' | 'audio' | 'voice' | 'document' | 'sticker';

export interface MediaRef {
  /** The provider's id or URL of the bytes. */
  ref: string;
  mime?: string;
  name?: string;
  sha256?: string;
  bytes?: number;
}

export interface MediaBytes {
  stream: AsyncIterable<Uint8Array>;
  mime?: string;
  name?: string;
  sha256?: string;
}

/** What a contact sent. */
export type Content =
  | { kind: 'text'; text: string }
  /** A tap on a choice that we offered: `id` is ours. */
  | { kind: 'choice'; id: string; text: string; description?: string; of: 'button' | 'list' | 'template' }
  | { kind: MediaKind; media: MediaRef; caption?: string }
  | { kind: 'location'; latitude: number; longitude: number; name?: string; address?: string; url?: string }
  | { kind: 'contacts'; contacts: { name: string; phones: string[]; emails: string[] }[] }
  | { kind: 'order'; catalog?: string; text?: string; items: { product: string; quantity: number; price?: number; currency?: string }[] }
  | { kind: 'form'; name?: string; answers: Json; text?: string }
  | { kind: 'reaction'; emoji?: string }
  | { kind: 'system'; what: string; text?: string }
  /** Known to exist, not understood: kept with what the provider called it, replayable after an update. */
  | { kind: 'unsupported'; what: string; errors?: ProviderError[] };

export interface Choice {
  id: string;
  title: string;
  description?: string;
}

/** What we send. */
export type OutContent =
  | { kind: 'text'; text: string }
  | { kind: 'buttons'; text: string; header?: string; footer?: string; buttons: Choice[] }
  | { kind: 'list'; text: string; header?: string; footer?: string; button: string; sections: { title?: string; rows: Choice[] }[] }
  | { kind: 'link'; text: string; title: string; url: string }
  | { kind: 'location-request'; text: string }
  | { kind: MediaKind; media: string; caption?: string; name?: string; mime: string; bytes: number }
  | { kind: 'location'; latitude: number; longitude: number; name?: string; address?: string }
  | { kind: 'contacts'; contacts: { name: string; phones: string[]; emails: string[] }[] }
  | { kind: 'reaction'; emoji: string; to: string }
  /**
   * `template`, `name` and `language` are those of the template's record, `variables` go by the keys it lists. `text` is what the
   * contact will read. `media` is the stored medium of a media header.
   */
  | { kind: 'template'; template: string; name: string; language: string; variables: Record<string, string>; text?: string; media?: { kind: MediaKind; id: string; mime: string; bytes: number; name?: string } };
