// The manifest of a Kubernetes Indexed Job: one pod per rank, found by its index through a headless service. Pod 0
// drives; a pod that ends early is started again by Kubernetes and the run goes on from its last checkpoint.

import { randomBytes } from "node:crypto";
import { CoppiceError, showValue } from "../../core/errors.ts";
import { DEFAULT_PORT, launchVariables } from "../attempt/launch.ts";

export interface KubernetesJob {
  /** Of the job and its service: lower-case letters, digits and dashes. */
  readonly name: string;
  readonly image: string;
  readonly workers: number;
  readonly cpus: number;
  readonly memory: string;
  /** A persistent volume claim that all pods can write to, mounted at /data. */
  readonly claim: string;
  /** What follows `coppice train`. */
  readonly trainArguments: readonly string[];
  /** Known to the job's pods only; made up by default. */
  readonly token?: string | undefined;
}

/** The manifest as YAML. @throws {CoppiceError} INVALID_PARAMETER for a name that Kubernetes refuses */
export function kubernetesManifest(job: KubernetesJob): string {
  const { name, workers, cpus, memory, claim, token = randomBytes(16).toString("hex") } = job;
  if (!/^[a-z]([a-z0-9-]{0,48}[a-z0-9])?$/.test(name)) {
    throw new CoppiceError(
      "INVALID_PARAMETER",
      `\`name\` must be lower-case letters, digits and dashes, at most 50, got ${showValue(name)}`,
      { parameter: "name" },
    );
  }
  const command = ["coppice", "train", "--engine", "env", "--threads", String(cpus), ...job.trainArguments];
  // JSON strings are YAML strings.
  const quote = JSON.stringify;
  return `apiVersion: v1
kind: Service
metadata:
  name: ${name}
spec:
  clusterIP: None
  publishNotReadyAddresses: true
  selector:
    job-name: ${name}
---
apiVersion: v1
kind: Secret
metadata:
  name: ${name}-token
stringData:
  token: ${quote(token)}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: ${name}
spec:
  completionMode: Indexed
  completions: ${workers}
  parallelism: ${workers}
  # One lost pod ends the others, so each failure may count once for every pod.
  backoffLimit: ${4 * workers}
  template:
    spec:
      subdomain: ${name}
      restartPolicy: OnFailure
      containers:
        - name: worker
          image: ${quote(job.image)}
          command: [${command.map((part) => quote(part)).join(", ")}]
          env:
            - name: ${launchVariables.worldSize}
              value: ${quote(String(workers))}
            - name: ${launchVariables.tracker}
              value: ${quote(`${name}-0.${name}:${DEFAULT_PORT}`)}
            - name: ${launchVariables.rendezvousMs}
              value: "600"
            - name: ${launchVariables.token}
              valueFrom:
                secretKeyRef:
                  name: ${name}-token
                  key: token
          resources:
            requests:
              cpu: ${quote(String(cpus))}
              memory: ${quote(memory)}
          volumeMounts:
            - name: data
              mountPath: /data
      volumes:
        - name: data
          persistentVolumeClaim:
            claimName: ${quote(claim)}
`;
}
