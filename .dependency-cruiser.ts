/**
 * The rooms of the tree and the arrows between them (docs/decisions/004-checked-by-program.md).
 * Each rule is a sentence; its comment says what to do instead. test/structure/rooms.test.ts breaks every one of them
 * on purpose, so that none can rot into a rule that never fires.
 */

import type { IConfiguration } from 'dependency-cruiser'

const adapters = '^gateway/(mqtt|http|sinks|sync)/'
/** What an adapter promises to the others: types and nothing else. */
const adapterContracts = '^gateway/mqtt/transport[.]ts$'
/** The only files that may know every part of the gateway, because they join the parts. */
const gatewayWiring = '^gateway/((main|gateway)[.]ts$|wiring/|cli/)'
/** What stands above all of it. */
const gatewayTop = '^gateway/(main[.]ts$|cli/)'
/** The one thing that upstream and the gateway say to each other. */
const syncWire = '^gateway/sync/wire[.]ts$'
const shippedRooms = '^(core|devices|db|gateway|upstream|simulators)/'

export const rooms: IConfiguration = {
  forbidden: [
    {
      name: 'core imports only itself',
      comment: 'The rules of money and tokens are pure: hand in what they need, as an argument.',
      severity: 'error',
      from: { path: '^core/' },
      to: { pathNot: '^core/' },
    },
    {
      name: 'devices import only core, zod and a parser of XML',
      comment: 'A driver translates bytes; sending, storing and waiting belong to the gateway.',
      severity: 'error',
      from: { path: '^devices/' },
      to: { pathNot: ['^(core|devices)/', '(^|/)node_modules/(zod|@rgrove/parse-xml)/'] },
    },
    {
      name: 'db imports only core, Drizzle, better-sqlite3 and Node',
      comment: 'The books know nothing of devices, brokers and requests.',
      severity: 'error',
      from: { path: '^db/' },
      to: { pathNot: ['^(core|db)/', '(^|/)node_modules/(drizzle-orm|better-sqlite3)/'], dependencyTypesNot: ['core'] },
    },
    {
      name: 'only db speaks SQL to the books of a site',
      comment: 'There is one transaction and one writer. Ask db/ for a query with a name.',
      severity: 'error',
      from: { path: '^(devices|gateway|simulators)/' },
      to: { path: '(^|/)node_modules/(drizzle-orm|better-sqlite3)/' },
    },
    {
      name: 'gateway imports only core, devices and db of the other rooms',
      comment: 'Upstream and simulators are other programs: they are spoken to over the wire.',
      severity: 'error',
      from: { path: '^gateway/' },
      to: { path: '^(upstream|simulators|docs)/' },
    },
    {
      name: 'upstream imports only core and the wire schema of sync',
      comment: 'It is another program on another machine. What both need belongs to core/ or to gateway/sync/wire.ts.',
      severity: 'error',
      from: { path: '^upstream/' },
      to: { path: '^(devices|db|gateway|simulators|docs)/', pathNot: syncWire },
    },
    {
      name: 'simulators import only core and devices',
      comment: 'They stand outside, as the real devices do, and reach the gateway by its wire or as a process.',
      severity: 'error',
      from: { path: '^simulators/' },
      to: { path: '^(db|gateway|upstream|docs)/' },
    },
    {
      name: 'nothing that ships imports test or bench',
      comment: 'If it is useful outside a test, it belongs to a room of its own.',
      severity: 'error',
      from: { path: shippedRooms },
      to: { path: '^(test|bench)/' },
    },
    {
      name: 'nothing that ships imports a package for development',
      comment: 'A box installs with `npm ci --omit=dev`: move the package to dependencies or leave it out.',
      severity: 'error',
      from: { path: shippedRooms },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'adapters of the gateway do not import each other',
      comment: 'MQTT, HTTP, sinks and sync meet in the path, or in gateway/main.ts, which hands one to the other.',
      severity: 'error',
      from: { path: adapters },
      to: { path: adapters, pathNot: ['^gateway/$1/', adapterContracts] },
    },
    {
      name: 'a contract of an adapter is imported by type alone',
      comment: 'Write `import type`: whoever needs a transport is handed one.',
      severity: 'error',
      from: { path: '^gateway/', pathNot: [gatewayWiring, '^gateway/mqtt/'] },
      to: { path: adapterContracts, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'what runs in a browser imports only itself and what is served with it',
      comment: 'A browser finds no other file: add a package to `gateway/http/pages/desk-files.ts`, and here.',
      severity: 'error',
      from: { path: '^gateway/http/static/' },
      to: { pathNot: ['^gateway/http/static/', '(^|/)node_modules/(@noble/(ed25519|hashes)|qr)/'] },
    },
    {
      name: 'only the wiring and the command line join the parts of the gateway',
      comment: 'The path and the tokens know no adapter: they are handed what they need.',
      severity: 'error',
      from: { path: '^gateway/', pathNot: [gatewayWiring, adapters] },
      to: { path: adapters, pathNot: adapterContracts },
    },
    {
      name: 'nothing in the gateway imports main or the command line',
      comment: 'They stand at the top: an import from below would be a circle in the making.',
      severity: 'error',
      from: { path: '^gateway/', pathNot: gatewayTop },
      to: { path: gatewayTop },
    },
    {
      name: 'no circles',
      comment: 'Take out what both need into a file that both can import.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'every import is found',
      comment: 'A file that does not exist, or a package that is not in package.json.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'every package is declared',
      comment: 'Add it to package.json with its exact version; what hangs below another package may go with it.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: '(^|/)node_modules/' },
    exclude: { path: '^(coverage|data)/' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    skipAnalysisNotInRules: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.mjs', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
    },
  },
}

export default rooms
