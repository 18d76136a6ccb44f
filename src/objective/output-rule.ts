// How an objective says what its margins mean.

/** What is made of margins. */
export type Output = "identity" | "sigmoid" | "exp" | "threshold" | "softmax" | "argmax" | "sort";

/** How an objective's margins become predictions; what is not said is "identity". */
export interface OutputRule {
  /** What `predict` gives. */
  readonly value?: Output;
  /** What metrics see, where that is something else. */
  readonly evaluation?: Output;
}

/** All that prediction knows of an objective. */
export interface KnownOutput extends OutputRule {
  /** Whether its predictions mean classes. */
  readonly classes?: true;
}
