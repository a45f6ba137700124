import type {Mutation} from './mutation.ts';

/** What becomes of a text where people ask each other about it. */
export const pages: readonly Mutation[] = [
  {name: 'in a mail', mutate: (lines) => lines.map((line) => (line === '' ? '>' : `> ${line}`))},
  {name: 'in a mail that answers one', mutate: (lines) => lines.map((line) => `> > ${line}`)},
  {name: 'in a code block', mutate: (lines) => ['```', ...lines, '```']},
  {
    name: 'in an issue',
    mutate: (lines) => [
      '### Describe what happens',
      '',
      'I start it as always, and then it does this:',
      '',
      '<details>',
      '<summary>The output of the server</summary>',
      '',
      '```text',
      ...lines,
      '```',
      '',
      '</details>',
      '',
      'Thank you for any help!',
    ],
  },
];
