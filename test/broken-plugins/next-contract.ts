import channel from './sound.ts';

export default { ...channel, contract: 2 };
