import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ManualClock, StreamingContext } from "millrace";
const folder = process.argv[3];
const master = process.argv[2];
const files = readdirSync(folder).filter(f=>/^chapter_\d+\.txt$/.test(f));
const book = Buffer.concat(files.map(f=>readFileSync(join(folder,f))));
const B=Number(process.env.BYTES||8900000); let text = new Uint8Array(B);
for (let d=0; d<B; d+=book.length) text.set(book.subarray(0,B-d), d);
text=text.slice(0,text.lastIndexOf(10)+1);
const clock = new ManualClock();
const ssc = new StreamingContext({ master, clock, batchInterval: 1000 });
const input = ssc.pushStream();
input.flatMap(l=>l.split(" ")).map(w=>[w,1]).reduceByKey((x,y)=>x+y).foreachRDD(async rdd=>{ await rdd.count(); });
await ssc.start();
const log=process.env.TRACE?process._rawDebug:()=>{};
const now=()=>(performance.timeOrigin+performance.now())%100000;
const ts=[];
for (let i=0;i<Number(process.argv[4]||20);i++){
  const a=now(); await input.pushBytes(text); const b=now(); await clock.advance(1000); const c=now();
  ts.push(c-a); log("B",a.toFixed(2),"push",(b-a).toFixed(2),"batch",(c-b).toFixed(2));
}
ts.sort((x,y)=>x-y); console.log(master,"min",ts[0].toFixed(2),"med",ts[ts.length>>1].toFixed(2));
await ssc.stop();
