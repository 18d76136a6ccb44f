// A DMatrix as plain data that can cross between page and worker, and back. The arrays are those of the
// table itself: the channel copies or moves them.

import { DMatrix, type DMatrixInfo } from "../data/dmatrix.ts";
import { DenseFeatures, type Features, SparseFeatures } from "../data/features.ts";

type FeaturesWire =
  | {
      readonly kind: "dense";
      readonly blocks: readonly Float32Array[];
      readonly rowCount: number;
      readonly featureCount: number;
      readonly blockRowCount: number;
    }
  | {
      readonly kind: "sparse";
      readonly offsets: Uint32Array | Float64Array;
      readonly indices: Uint32Array;
      readonly values: Float32Array;
      readonly featureCount: number;
    };

export interface TableWire {
  readonly features: FeaturesWire;
  readonly info: DMatrixInfo;
}

export function tableToWire(data: DMatrix): TableWire {
  const { label, weight, baseMargin, queryOffsets, featureNames, featureTypes } = data;
  const { categories, labelClasses, featureWeights } = data;
  const querySizes = queryOffsets?.slice(1).map((end, q) => end - queryOffsets[q]);
  return {
    features: featuresToWire(data.features),
    info: {
      label,
      weight,
      baseMargin,
      querySizes,
      featureNames,
      featureTypes,
      categories,
      labelClasses,
      featureWeights,
    },
  };
}

function featuresToWire(features: Features): FeaturesWire {
  if (features instanceof SparseFeatures) {
    const { offsets, indices, values, featureCount } = features;
    return { kind: "sparse", offsets, indices, values, featureCount };
  }
  const { rowCount, featureCount } = features;
  if (features instanceof DenseFeatures) {
    const { blocks, blockRowCount } = features;
    return { kind: "dense", blocks, rowCount, featureCount, blockRowCount };
  }
  const block = features.readRows(0, rowCount, new Float32Array(rowCount * featureCount));
  return { kind: "dense", blocks: [block], rowCount, featureCount, blockRowCount: Math.max(1, rowCount) };
}

export function tableFromWire({ features, info }: TableWire): DMatrix {
  if (features.kind === "sparse") {
    const { offsets, indices, values, featureCount } = features;
    return new DMatrix(new SparseFeatures(offsets, indices, values, featureCount), info);
  }
  const { blocks, rowCount, featureCount, blockRowCount } = features;
  return new DMatrix(new DenseFeatures(blocks, rowCount, featureCount, blockRowCount), info);
}
