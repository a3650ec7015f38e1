import channel from './sound.ts';

export default { ...channel, can: { ...channel.can, sends: ['text', 'buttons'] } };
