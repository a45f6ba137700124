/** One frame of a Python traceback; a file that is not absolute is below the packages. */
export type Frame = readonly [file: string, line: number, where: string, code: string];

/** A traceback as Python prints it, ending in the exception. */
export function traceback(packages: string, frames: readonly Frame[], exception: string): readonly string[] {
  return [
    'Traceback (most recent call last):',
    ...frames.flatMap(([file, line, where, code]) => [
      `  File "${file.startsWith('/') || file.startsWith('<') ? file : `${packages}/${file}`}", line ${line}, in ${where}`,
      `    ${code}`,
    ]),
    exception,
  ];
}
