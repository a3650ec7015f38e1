import channel from './sound.ts';

export default { ...channel, send: 'later' };
