import channel from './sound.ts';

export default { ...channel, name: 'misspelt', markread: () => undefined };
