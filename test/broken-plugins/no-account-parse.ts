import channel from './sound.ts';

export default { ...channel, account: { title: 'Account' } };
