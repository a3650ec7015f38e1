/** What is sent in checks: one content of each kind, and the medium that some of them hold. */
import type { MediaKind, OutContent, Outgoing } from '#plugin';

/** A content on its way to somebody with a phone number. */
export function outgoing(account: string, content: OutContent): Outgoing {
  return { ref: '019b0000-0000-7000-8000-000000000001', account, to: { identities: [{ kind: 'phone', value: '34600111222' }], thread: 'thread-1' }, content };
}

export const sampleMedia = '019b0000-0000-7000-8000-000000000002';
export const stored = { [sampleMedia]: { bytes: Buffer.from('abc'), mime: 'application/octet-stream' } };
const sampleMime: Record<MediaKind, string> = { image: 'image/jpeg', video: 'video/mp4', audio: 'audio/mpeg', voice: 'audio/ogg', document: 'application/pdf', sticker: 'image/webp' };

/** One content of each kind that may be sent. */
export function sampleOf(kind: OutContent['kind']): OutContent {
  switch (kind) {
    case 'text':
      return { kind, text: 'Hello' };
    case 'buttons':
      return { kind, text: 'Which?', buttons: [{ id: 'a', title: 'A' }, { id: 'b', title: 'B' }] };
    case 'list':
      return { kind, text: 'Which?', button: 'Open', sections: [{ title: 'All', rows: [{ id: 'a', title: 'A', description: 'the first' }] }] };
    case 'link':
      return { kind, text: 'See here', title: 'Open', url: 'https://shop.example.test/' };
    case 'location-request':
      return { kind, text: 'Where are you?' };
    case 'location':
      return { kind, latitude: -6.2, longitude: 106.8, name: 'Office' };
    case 'contacts':
      return { kind, contacts: [{ name: 'Budi', phones: ['628110000001'], emails: [] }] };
    case 'reaction':
      return { kind, emoji: '👍', to: 'provider-id-1' };
    case 'template':
      return { kind, template: 'template-1', name: 'welcome', language: 'en', variables: { 1: 'Ana' } };
    default:
      return { kind, media: sampleMedia, mime: sampleMime[kind], bytes: 3, name: `sample.${kind}` };
  }
}
