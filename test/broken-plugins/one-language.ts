import channel from './sound.ts';

export default { ...channel, texts: { en: { title: 'Sound' } } };
