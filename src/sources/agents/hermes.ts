import {join} from 'node:path';
import {Composer, type CST, Lexer, Parser} from 'yaml';
import {z} from 'zod';
import type {AgentConfiguration, AgentEndpoint} from '../../samples/agent-configuration.ts';
import {absent, isAbsent, type Reading} from '../../samples/reading.ts';
import {structureBeyond} from '../../shared/structure-characters.ts';
import {readWhole} from '../model-files/read-part.ts';

/** The shortest context that Hermes Agent accepts; it ends with an error before its first request otherwise. */
const NEEDED_CONTEXT_TOKENS = 64_000;

/** Four times a file with every key that Hermes Agent knows. */
const LARGEST_FILE_BYTES = 64 * 1024;

/** Open collections and their parts; a configuration has about ten. */
const MAX_DEPTH = 64;
/** Such files have hundreds of lines. */
const MOST_STRUCTURE = 20_000;

/** A key whose value has another type is as if it was not there. */
const text = z.string().trim().min(1).optional().catch(undefined);
const entrySchema = z
  .object({
    name: text,
    base_url: text,
    api_base: text,
    url: text,
    api: text,
    provider: text,
    enabled: z.boolean().optional().catch(undefined),
  })
  .catch({});
type Entry = z.infer<typeof entrySchema>;

/** The keys that say where requests go; keys with secrets are not among them. */
const configurationSchema = z.object({
  model: entrySchema,
  providers: z.record(z.string(), entrySchema).catch({}),
  custom_providers: z.array(entrySchema).catch([]),
  provider: text,
  base_url: text,
  api_base: text,
});
type Configuration = z.infer<typeof configurationSchema>;

/** Where Hermes Agent of this user sends its requests. Reads one file; never fails, and reads no key of an API. */
export async function readHermes({
  variables,
  homeDirectory,
}: {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly homeDirectory: string;
}): Promise<AgentConfiguration> {
  const directory = variables['HERMES_HOME']?.trim() || join(homeDirectory, '.hermes');
  const file = join(directory, 'config.yaml');
  return {
    name: 'Hermes Agent',
    file,
    neededContextTokens: NEEDED_CONTEXT_TOKENS,
    endpoint: await readEndpoint(file),
  };
}

async function readEndpoint(file: string): Promise<Reading<AgentEndpoint>> {
  const bytes = await readWhole(file, LARGEST_FILE_BYTES);
  if (!bytes.ok) return absent(bytes.error.message);
  const values = parsed(bytes.value.toString('utf8'));
  if (isAbsent(values)) return values;
  const url = baseUrlOf(values);
  return url === undefined ? absent('it names no base URL') : endpointOf(url);
}

/** As its own parser reads it: YAML 1.1, and the last of equal keys counts. */
function parsed(source: string): Reading<Configuration> {
  if (structureBeyond(source, MOST_STRUCTURE) !== null) return absent('it has too many parts');
  try {
    const composer = new Composer({version: '1.1', uniqueKeys: false});
    const [document, ...others] = composer.compose(tokensOf(source), true, source.length);
    // What is wrong is not repeated: the parser quotes the file, which may contain secrets.
    if (document === undefined || document.errors.length > 0 || others.length > 0) return absent(NOT_YAML);
    const configuration = configurationSchema.safeParse(document.toJS());
    return configuration.success ? configuration.data : absent('it is not a configuration of Hermes Agent');
  } catch {
    return absent(NOT_YAML);
  }
}

const NOT_YAML = 'it cannot be read as YAML';

/** The parser recurses into what it composes: the end of the stack may end the process, so depth is limited before. */
function* tokensOf(source: string): Generator<CST.Token, void> {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(source)) {
    yield* parser.next(lexeme);
    if (parser.stack.length > MAX_DEPTH) throw new RangeError('nested too deeply');
  }
  yield* parser.end();
}

/** The address of the provider that is in use; without one, the model's own. */
function baseUrlOf(configuration: Configuration): string | undefined {
  const {model, custom_providers: older} = configuration;
  const provider = model.provider ?? configuration.provider;
  const named = [...Object.entries(configuration.providers), ...older.map((entry) => ['', entry] as const)];
  const used = named.find(([key, entry]) => provider !== undefined && isUsed(provider, [key, entry.name], entry))?.[1];
  return (
    used?.api ??
    used?.url ??
    used?.base_url ??
    model.base_url ??
    configuration.base_url ??
    configuration.api_base ??
    model.api_base
  );
}

function isUsed(provider: string, names: readonly (string | undefined)[], {enabled}: Entry): boolean {
  const wanted = normalized(provider).replace(/^custom:/, '');
  return enabled !== false && names.some((name) => name !== undefined && name !== '' && normalized(name) === wanted);
}

function normalized(name: string): string {
  return name.trim().toLowerCase().replaceAll(' ', '-');
}

function endpointOf(text: string): Reading<AgentEndpoint> {
  const url = URL.canParse(text) ? new URL(text) : null;
  const defaultPort = url === null ? undefined : DEFAULT_PORTS[url.protocol];
  // The text is not repeated: it may contain a password.
  if (url === null || defaultPort === undefined) return absent('its base URL is no HTTP address');
  const host = url.hostname.replace(/[[\]]/g, '').replace(/\.$/, '');
  return {host, port: url.port === '' ? defaultPort : Number(url.port)};
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = {'http:': 80, 'https:': 443};
