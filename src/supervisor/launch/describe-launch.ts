import type {PreviewLaunch} from '../../api/preview.ts';
import {quoteArgument, quoteArguments, quoteAssignment, shellLines} from '../../engines/launch/shell-quoting.ts';
import {findEngine} from '../../engines/registry.ts';
import {MASK, maskArguments} from '../../shared/mask-arguments.ts';
import type {FoundEngine} from '../../sources/engine-installation/found-engine.ts';
import type {Judgement} from './judgement.ts';
import type {PreparedLaunch} from './prepare-launch.ts';

/** The process of a judged start, with secrets masked. Null for an unknown engine. */
export function describeLaunch({
  settings,
  launch,
  installation,
}: Pick<Judgement, 'settings' | 'launch' | 'installation'>): PreviewLaunch | null {
  const engine = findEngine(settings.engine);
  if (engine === undefined || launch === null || installation === null) return null;
  // Secrets in the extra arguments are masked: such a start is refused but still shown.
  const masked = {...launch, arguments: launch.arguments.map(({argv, why}) => ({argv: maskArguments(argv), why}))};
  return {
    engine: engine.displayName,
    version: installation.ok ? installation.value.version : null,
    installation: installation.ok
      ? installationText(installation.value)
      : 'not installed; the command assumes it is on PATH',
    isInstalled: installation.ok,
    executable: launch.executable,
    arguments: masked.arguments.map(({argv, why}) => ({argv: [...argv], why})),
    environment: launch.environment.map((variable) => ({
      ...variable,
      value: variable.isSecret ? MASK : variable.value,
    })),
    files: launch.files.map(({secret, contents, ...file}) => ({...file, contents: maskedContents(contents, secret)})),
    command: [...commandLines(masked)],
  };
}

/** A file's text with its secret masked; fully masked if the secret may be in an unknown form. */
function maskedContents(contents: string, secret: string): string {
  if (secret === '') return contents;
  const masked = contents.replaceAll(secret, MASK);
  return masked === contents ? MASK : masked;
}

/** The command to paste. Secrets stay in the environment. */
function commandLines({
  directory,
  executable,
  arguments: groups,
  environment,
  files,
  container,
}: PreparedLaunch): readonly string[] {
  const isInContainer = container !== null;
  const plain = environment.filter(({isSecret}) => !isSecret);
  const assignments = plain.map(({name, value}) => [quoteAssignment(name, value)]);
  // A containerized program has its variables in the arguments; the directory is for files and the container id.
  const needsDirectory = isInContainer || files.length > 0;
  return [
    ...(needsDirectory ? [`mkdir -p -m 700 ${quoteArgument(directory)}`] : []),
    ...shellLines([
      ...(isInContainer ? [] : assignments),
      [quoteArgument(executable), quoteArguments(groups[0]?.argv ?? [])],
      ...groups.slice(1).map(({argv}) => [quoteArguments(argv)]),
    ]),
  ];
}

function installationText(found: FoundEngine): string {
  const version = found.version === null ? `version unknown: ${found.versionSource}` : `by ${found.versionSource}`;
  switch (found.kind) {
    case 'stand-in':
      return found.path;
    case 'program':
      return `${found.path} (${found.foundBy === found.path ? '' : `found by ${found.foundBy}; `}${version})`;
    case 'python-module':
      return `${found.python} -m ${found.module} (found by ${found.foundBy}; ${version})`;
    case 'container':
      return `${found.client} image ${found.image} (found by ${found.foundBy}; ${version})`;
  }
}
