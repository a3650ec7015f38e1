import channel from './sound.ts';

export default { ...channel, contract: undefined };
