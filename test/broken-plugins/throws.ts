import channel from './sound.ts';

if (channel.contract === 1) throw new Error('no licence file');

export default channel;
