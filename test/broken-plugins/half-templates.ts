import channel from './sound.ts';

export default { ...channel, templates: { create: () => undefined } };
