// The tasks of phases in memory that the members of a team share. One table per kind of work says which
// fields the tasks of each phase have; who has work writes them by name, and members read them by name.
// A task is as many 32-bit words as the longest has fields, each field a word.

/** What a word holds. */
export type FieldKind = "int" | "float";

/** The phases of some work and the fields of their tasks, for example { build: { slot: "int" } }. */
export type TaskTable = Readonly<Record<string, Readonly<Record<string, FieldKind>>>>;

/** The names of the phases of a table. */
export type PhaseOf<T extends TaskTable> = keyof T & string;

/** The fields of a task of one phase. */
export type TaskOf<T extends TaskTable, P extends PhaseOf<T>> = { -readonly [Name in keyof T[P]]: number };

/** The phases in the order in which they stand in the table; a phase travels to other threads as its index. */
export function phasesOf<T extends TaskTable>(table: T): readonly PhaseOf<T>[] {
  return Object.keys(table);
}

/** Words that `count` tasks take. */
export function taskWords(table: TaskTable, count: number): number {
  return count * Math.max(...Object.values(table).map((fields) => Object.keys(fields).length));
}

/** A field of a phase: its name, its place in the task, whether it is a float. */
type Field = readonly [name: string, place: number, isFloat: boolean];

export class Tasks<T extends TaskTable> {
  /** How many there is room for. */
  readonly capacity: number;
  readonly #ints: Int32Array;
  /** The same memory. */
  readonly #floats: Float32Array;
  readonly #stride: number;
  readonly #fields = new Map<string, readonly Field[]>();
  /** What `read` returns, by phase. */
  readonly #values = new Map<string, Record<string, number>>();

  /** @param words as many as `taskWords` says */
  constructor(table: T, words: Int32Array) {
    this.#ints = words;
    this.#floats = new Float32Array(words.buffer, words.byteOffset, words.length);
    this.#stride = taskWords(table, 1);
    this.capacity = Math.floor(words.length / this.#stride);
    for (const [phase, kinds] of Object.entries(table)) {
      const fields = Object.entries(kinds).map(
        ([name, kind], place): Field => [name, place, kind === "float"],
      );
      this.#fields.set(phase, fields);
      this.#values.set(phase, Object.fromEntries(fields.map(([name]) => [name, 0])));
    }
  }

  write<P extends PhaseOf<T>>(phase: P, task: number, values: TaskOf<T, P>): void {
    const at = task * this.#stride;
    const numbers: Readonly<Record<string, number>> = values;
    for (const [name, place, isFloat] of this.#fields.get(phase)!) {
      (isFloat ? this.#floats : this.#ints)[at + place] = numbers[name];
    }
  }

  /** The fields of a task: one object for all tasks of the phase, so valid until the next is read. */
  read<P extends PhaseOf<T>>(phase: P, task: number): TaskOf<T, P> {
    const at = task * this.#stride;
    const values = this.#values.get(phase)!;
    for (const [name, place, isFloat] of this.#fields.get(phase)!) {
      values[name] = (isFloat ? this.#floats : this.#ints)[at + place];
    }
    return values as TaskOf<T, P>;
  }
}
