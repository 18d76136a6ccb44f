// rank:ndcg, rank:pairwise and rank:map: pairs of rows of a query in the wrong order (LambdaMART). Their models
// can be predicted with; training them is still to come.

import type { ObjectiveModule } from "../objective-module.ts";

export const rankNdcg: ObjectiveModule = { name: "rank:ndcg", task: "ranking" };
export const rankPairwise: ObjectiveModule = { name: "rank:pairwise", task: "ranking" };
export const rankMap: ObjectiveModule = { name: "rank:map", task: "ranking" };
