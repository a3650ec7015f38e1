import channel from './sound.ts';

export default { ...channel, settings: undefined };
