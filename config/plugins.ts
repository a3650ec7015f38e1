/**
 * What is loaded when the configuration does not say. A name is a folder of `plugins/`; a configuration may also list a path
 * (`./my-channel.ts`, a folder with an index) or the name of an npm package.
 */
export const defaultPlugins: readonly string[] = ['meta-cloud', 'twilio', 'qontak', 'coster', 'simulator', 'rules', 'notifications'];
