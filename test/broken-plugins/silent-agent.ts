import { agent } from './sound.ts';

export default { ...agent, respond: undefined };
