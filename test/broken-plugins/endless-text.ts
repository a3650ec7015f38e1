import channel from './sound.ts';

export default { ...channel, can: { ...channel.can, maxText: Infinity } };
