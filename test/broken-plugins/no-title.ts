import channel from './sound.ts';

export default { ...channel, title: ' ' };
