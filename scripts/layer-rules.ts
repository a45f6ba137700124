/** What one folder of src/ may use besides itself. The one table for the linter's rules, the map and the tests. */
export type LayerRule = {
  readonly folder: string;
  /** Other folders of src/. */
  readonly imports: readonly string[];
  readonly packages: readonly string[];
  /** Files that may use Node's own modules: all, none, or the named ones. */
  readonly node: 'all' | 'none' | readonly string[];
  /** True if everything from outside must be passed in as a value: no clock, timers, process, console or network. */
  readonly isPure: boolean;
  /** Files of a pure folder that may use `Date`, to format a given time. */
  readonly dateFiles?: readonly string[];
};

/** All packages that src/ may import. */
export const knownPackages = [
  '@huggingface/gguf',
  'commander',
  'execa',
  'fast-xml-parser',
  'ink',
  'react',
  'yaml',
  'zod',
] as const;

const pure = {packages: ['zod'], node: 'none', isPure: true} as const;
const outer = {node: 'all', isPure: false} as const;

/** In the order of the data: a folder may only use folders above it, except `cli`, which connects everything. */
export const layerRules: readonly LayerRule[] = [
  {folder: 'shared', imports: [], ...pure},
  {folder: 'samples', imports: ['shared'], ...pure},
  {folder: 'domain', imports: ['shared', 'samples'], ...pure},
  {folder: 'api', imports: ['shared', 'samples', 'domain'], ...pure},
  {folder: 'engines', imports: ['shared', 'samples', 'domain'], ...pure},
  {
    folder: 'sources',
    imports: ['shared', 'samples', 'domain', 'engines'],
    packages: ['@huggingface/gguf', 'execa', 'fast-xml-parser', 'yaml', 'zod'],
    ...outer,
  },
  {
    folder: 'history',
    imports: ['shared', 'samples', 'domain', 'engines', 'sources', 'api'],
    packages: ['zod'],
    ...outer,
  },
  {
    folder: 'supervisor',
    imports: ['shared', 'samples', 'domain', 'engines', 'sources', 'history', 'api'],
    packages: ['execa', 'zod'],
    ...outer,
  },
  {folder: 'client', imports: ['shared', 'samples', 'domain', 'api'], packages: ['zod'], ...outer},
  {folder: 'layout', imports: ['shared'], packages: ['zod'], node: ['load-layout.ts'], isPure: true},
  {
    folder: 'views',
    imports: ['shared', 'samples', 'domain', 'api', 'client', 'layout'],
    ...pure,
    dateFiles: ['format/times.ts'],
  },
  {
    folder: 'tui',
    imports: ['shared', 'samples', 'domain', 'api', 'client', 'layout', 'views'],
    packages: ['ink', 'react'],
    node: ['terminal-streams.ts'],
    isPure: false,
  },
  {folder: 'config', imports: ['shared', 'domain', 'engines'], packages: ['yaml', 'zod'], ...outer},
  {folder: 'simulator', imports: ['shared', 'domain'], packages: ['zod'], ...outer},
  {
    folder: 'cli',
    imports: [
      'shared',
      'samples',
      'domain',
      'api',
      'engines',
      'sources',
      'history',
      'supervisor',
      'client',
      'layout',
      'views',
      'tui',
      'config',
      'simulator',
    ],
    packages: knownPackages,
    ...outer,
  },
];

/** Globals through which a pure folder would access its environment. */
const impureGlobals: Readonly<Record<string, string>> = Object.fromEntries(
  [
    'Date',
    'performance',
    'process',
    'console',
    'fetch',
    'setTimeout',
    'setInterval',
    'setImmediate',
    'queueMicrotask',
  ].map((name) => [name, 'This folder is pure: time and the world come in as values.']),
);

/** The `overrides` of the linter's configuration with the table. */
export function biomeLayerOverrides(): readonly object[] {
  return layerRules.flatMap((rule) => [mainOverride(rule), ...nodeFileOverride(rule), ...dateFileOverride(rule)]);
}

function mainOverride(rule: LayerRule): object {
  return {
    includes: [`**/src/${rule.folder}/**`],
    linter: {
      rules: {
        style: {
          noRestrictedImports: restrictedImports(rule),
          ...(rule.isPure ? {noRestrictedGlobals: restrictedGlobals(impureGlobals)} : {}),
        },
        ...(rule.node === 'all' ? {} : {correctness: {noNodejsModules: 'error'}}),
      },
    },
  };
}

function restrictedGlobals(deniedGlobals: Readonly<Record<string, string>>): object {
  return {level: 'error', options: {deniedGlobals}};
}

function restrictedImports(rule: LayerRule): object {
  const folders = layerRules.map(({folder}) => folder);
  const forbidden = folders.filter((folder) => folder !== rule.folder && !rule.imports.includes(folder));
  const packages = knownPackages.filter((name) => !rule.packages.includes(name));
  const patterns = forbidden.map((folder) => ({
    group: [`../**/${folder}/**`],
    message: `src/${rule.folder} may not import src/${folder}: see the table in scripts/layer-rules.ts.`,
  }));
  const packagePatterns = packages.map((name) => ({
    group: [name, `${name}/**`],
    message: `src/${rule.folder} may not import the package ${name}: see the table in scripts/layer-rules.ts.`,
  }));
  return {level: 'error', options: {patterns: [...patterns, ...packagePatterns]}};
}

function nodeFileOverride({folder, node}: LayerRule): readonly object[] {
  if (typeof node === 'string') return [];
  return [
    {
      includes: node.map((file) => `**/src/${folder}/${file}`),
      linter: {rules: {correctness: {noNodejsModules: 'off'}}},
    },
  ];
}

function dateFileOverride({folder, dateFiles = []}: LayerRule): readonly object[] {
  if (dateFiles.length === 0) return [];
  const {Date: _, ...others} = impureGlobals;
  return [
    {
      includes: dateFiles.map((file) => `**/src/${folder}/${file}`),
      linter: {rules: {style: {noRestrictedGlobals: restrictedGlobals(others)}}},
    },
  ];
}
