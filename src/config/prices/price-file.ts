import {
  entryKeys,
  entryNames,
  type PublishedPrices,
  publishedPricesSchema,
} from '../../domain/cost/published-prices.ts';
import {nearestName} from '../../domain/settings/nearest-name.ts';
import {limitedList} from '../../shared/quantities/counts.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import type {ConfigurationError} from '../configuration-error.ts';
import {type ConfigurationFile, type KeyPath, parseConfigurationText, placeText} from '../configuration-file.ts';
import {valueIn} from '../configured-values.ts';
import {expectation, plainValueText} from '../describe-issue.ts';

const MOST_PROBLEMS_SHOWN = 5;
const FORM = 'Each entry is as in prices/price-book.yaml of this package.';

type Problem = {
  readonly code: 'configuration.unknown-key' | 'configuration.invalid-value';
  readonly path: KeyPath;
  readonly what: 'key' | 'value';
  readonly text: string;
  readonly remedy: string;
};
type Issue = NonNullable<ReturnType<typeof publishedPricesSchema.safeParse>['error']>['issues'][number];

/** Reads the text of a file of prices. An error has the place, what is there, and what was expected or probably meant. */
export function parsePriceFile(text: string, filePath: string): Result<PublishedPrices, ConfigurationError> {
  const file = parseConfigurationText(text, filePath);
  if (!file.ok) return file;
  const {data, error} = publishedPricesSchema.safeParse(file.value.values);
  const problems =
    data === undefined
      ? (error?.issues ?? []).flatMap((issue) => problemsOf(issue, file.value.values))
      : repeatedNames(data);
  // A mistyped key is missing too.
  const byUse = firstOfEach(problems).toSorted((a, b) => Number(b.what === 'key') - Number(a.what === 'key'));
  if (data === undefined || problems.length > 0) return err(errorOf(byUse, file.value));
  return ok(data);
}

/** One value may break several rules: the first says what it should be. */
function firstOfEach(problems: readonly Problem[]): readonly Problem[] {
  const keys = problems.map(({path, what}) => JSON.stringify([path, what]));
  return problems.filter((_, index) => keys.indexOf(keys[index] ?? '') === index);
}

function problemsOf(issue: Issue, values: unknown): readonly Problem[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey([...issue.path, key]));
  return [
    {
      code: 'configuration.invalid-value',
      path: issue.path,
      what: 'value',
      text: `is ${plainValueText(valueIn(values, issue.path))}, but ${expectation(issue)} was expected`,
      remedy: FORM,
    },
  ];
}

function unknownKey(path: KeyPath): Problem {
  const known = (path.length === 1 ? undefined : entryKeys.get(path[0] ?? '')) ?? [...entryKeys.keys()].map(String);
  const nearest = nearestName(String(path.at(-1)), known);
  return {
    code: 'configuration.unknown-key',
    path,
    what: 'key',
    text: 'is not a valid key',
    remedy: nearest === undefined ? `Use one of ${known.join(', ')}.` : `Did you mean ${nearest}?`,
  };
}

/** Two entries with one name: which applies is unknown. */
function repeatedNames({apis, gpus, ownership}: PublishedPrices): readonly Problem[] {
  return [
    ...repeated('apis', apis.map(entryNames.apis), 'name'),
    ...repeated('gpus', gpus.map(entryNames.gpus), 'provider'),
    ...repeated('ownership', ownership.map(entryNames.ownership), 'card'),
  ];
}

function repeated(list: string, names: readonly string[], key: string): readonly Problem[] {
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [
          {
            code: 'configuration.invalid-value',
            path: [list, index, key],
            what: 'value',
            text: `names ${name} again; each was expected once`,
            remedy: 'Remove one of the two entries.',
          } as const,
        ],
  );
}

function errorOf(problems: readonly Problem[], file: ConfigurationFile): ConfigurationError {
  const texts = problems.map(
    ({path, what, text}) => `${placeText(file.placeOf(path, what))}: ${path.map(String).join('.')} ${text}`,
  );
  const [first] = problems;
  return {
    code: first?.code ?? 'configuration.invalid-value',
    message: `${limitedList(texts, MOST_PROBLEMS_SHOWN)}.`,
    remedy: first?.remedy ?? FORM,
    ...(first === undefined ? {} : {place: file.placeOf(first.path, first.what)}),
  };
}
