/** The export list is the ABI: a change here raises `ABI_VERSION`. */
import "./fail";

export * from "./abi";
export * from "./ops/codes";
export { blockSeal, blockVerify } from "./block";
export { moveBytes } from "./bytes";
export { murmur3 } from "./hash";
export { sumMerge, sumUpdateText } from "./sum";
export { programInit, programRun } from "./program";
export { tableAddBytes, tableAddEntries, tableBytes, tableInit, tableRehash } from "./table";
export { textNormalise, textScan, textScanMore } from "./text";
export { tokenizeCount } from "./tokenize";

export { collectBytes, collectInit, collectOpen, collectTake } from "./ops/collect";
export { listFrameBytes, listFrameWrite } from "./rows/list-frame";
export { indexBuild, indexInit, indexLists } from "./rows/row-index";
export { frameClose, frameColumn, frameColumnBytes, frameInit } from "./ops/frame-writer";
export { groupFrameBytes, groupFrames, groupMeasure, groupPartition } from "./group/finish";
export { groupBytes, groupInit } from "./ops/group";
export { stateCompact, stateTextBytes } from "./state/compact";
export { stateChanged, stateIdle, stateRemove, stateSortTouches } from "./state/lists";
export { stateBegin, stateBytes, stateCommit, stateInit, stateRehash, stateRollback } from "./state/versions";

export { collectBound } from "./order/first";
export { orderRows } from "./order/order";

export { stateGone } from "./state/lists";
export { stateSettle } from "./state/rows";

export { frameChanges } from "./rows/changes";
