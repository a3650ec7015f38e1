import channel from './sound.ts';

export default { ...channel, can: { ...channel.can, webhook: 'trust-me' } };
