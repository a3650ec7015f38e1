/**
 * `#testing`: what a plugin author tests with. A contract is a list of `{ name, run, skip? }` for any test runner:
 *
 *     await runChecks(t, channelContract(channel, evidence));
 */
export { agentContract, turnOf, type AgentEvidence } from './agent.ts';
export { createBot, type Bot, type BotParts } from './bot.ts';
export { channelContract } from './channel.ts';
export { resultsOf, runChecks, type Check, type Runner } from './check.ts';
export { contractOf } from './contract.ts';
export { world, type Call, type Saying, type World } from './context.ts';
export { type ChannelEvidence, type Delivery, type ProviderAnswer } from './evidence.ts';
export { notifierContract, type NotifierEvidence } from './notifier.ts';
