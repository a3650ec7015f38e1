import channel from './sound.ts';

export default { ...channel, name: 'My Channel' };
