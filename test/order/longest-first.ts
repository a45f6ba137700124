import path from 'node:path';
import {BaseSequencer, type TestSpecification} from 'vitest/node';
import {durations} from './durations.ts';

/** Within one duration: first the projects whose tests wait for processes. */
const projects = ['e2e', 'process', 'component', 'unit', 'unit-pure'];

/** Starts the longest files first, so that none of them runs on alone at the end; the same order in every run. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted(
      (one, other) =>
        this.#seconds(other) - this.#seconds(one) ||
        projects.indexOf(one.project.name) - projects.indexOf(other.project.name) ||
        one.moduleId.localeCompare(other.moduleId),
    );
  }

  #seconds({moduleId}: TestSpecification): number {
    return durations[path.relative(this.ctx.config.root, moduleId)] ?? 0;
  }
}
