import type {Preview} from '../../api/preview.ts';
import {quoteArguments, quoteAssignment} from '../../engines/launch/shell-quoting.ts';
import {isPresent} from '../../samples/reading.ts';
import type {LaunchTextInput} from '../../views/text/launch-text.ts';

/** A preview as `--dry-run --json` prints it. */
export function previewDocument(preview: Preview): object {
  const {blockers, plan} = preview;
  return {
    dryRun: true,
    isRefused: blockers.length > 0,
    verdict: isPresent(plan) ? plan.verdict : null,
    ...preview,
  };
}

/** The input for the text of a dry run. */
export function launchTextOf({launch, plan, blockers, remarks, settings}: Preview): LaunchTextInput {
  const answer = {plan, blockers, remarks};
  if (launch === null) {
    return {
      ...answer,
      engine: settings.engine,
      installation: 'unknown',
      command: [],
      argv: [],
      variables: [],
      files: [],
    };
  }
  const {engine, version, installation, command, environment, files} = launch;
  return {
    ...answer,
    engine: version === null ? engine : `${engine} ${version}`,
    installation,
    command,
    argv: launch.arguments.map(({argv, why}) => ({text: quoteArguments(argv), why})),
    variables: environment.map(({name, value, isSecret, why}) => ({
      text: isSecret ? `${name}=${value}` : quoteAssignment(name, value),
      why,
    })),
    files: files.map(({path, why}) => ({text: path, why})),
  };
}
