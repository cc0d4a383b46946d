/* The commit protocol, for spin. docs/model.md says what is modelled and what is not, lists the
 * mutants, and tells how to read a counterexample. tests/model/check_model.py checks it.
 *
 * Names are the code's: Init, Latest, Recover, claim, Begin, Send, AwaitAcknowledged, Mark, Intend,
 * Commit, Confirm, seal, and the failpoints. A loader can crash before each of its statements; the
 * failpoints' names say where the code's crash tests do it.
 */

/* --- bounds ----------------------------------------------------------------------------------- */
#ifndef LOADERS
#define LOADERS 1
#endif
#ifndef CHUNKS
#define CHUNKS 3
#endif
#ifndef CRASHES
#define CRASHES 2
#endif
#ifndef GHOSTS
#define GHOSTS 1 /* EndTxn requests whose answer is lost, or that are late */
#endif
#ifndef TIMEOUTS
#define TIMEOUTS 0 /* transactions of a living loader that the coordinator gives up */
#endif
#ifndef RESTARTS
#define RESTARTS 2 /* of one loader with new producers; then its retry budget is used up */
#endif
#ifndef REACH
#define REACH 0 /* an end that must be possible: see where it is used */
#endif

#ifndef PARTS
#define PARTS 2 /* of the topic, 1 or 2; each chunk has one row in each */
#endif
#define PROGRESS 2 /* the progress topic's partition */
#define BIT(p) (1 << (p))
#define ROWS (BIT(PARTS) - 1)
#ifndef TURNS
#define TURNS 3 /* the code has 4: docs/model.md */
#endif
#define LOG_MAX 6 /* unsettled entries of a partition */
#define FOREIGN_TURN TURNS
#define UNKNOWN 15 /* no run's id */

/* --- what must hold; always false: they give the assertions their names ----------------------- */
hidden byte not_once_in_order = 0; /* a row visible twice, or before one that precedes it */
hidden byte not_whole = 0;         /* a commit makes something else visible than one chunk */
hidden byte not_held = 0;          /* a chunk of a run whose claim is not the newest */
hidden byte went_on_superseded = 0; /* a run goes on after another one's claim */
hidden byte not_complete = 0;      /* a run that says it is complete, and it is not */
hidden byte refused = 0;           /* recovery refuses though Kafka has lost nothing */
hidden byte ledger_out_of_order = 0; /* CheckpointStore throws kBug */
hidden byte can_happen = 0;           /* an end that must be possible */
hidden byte bound_too_small = 0;   /* of this model */

/* --- Kafka ------------------------------------------------------------------------------------ */
#define NOTHING 0 /* no transaction is open */
mtype = { ONGOING, COMMITTING, ABORTING };
mtype = { ASKED, YES, NO };                           /* a Commit() under way; 0: none */
mtype = { DONE, HELD, GAVE_UP };                      /* how a loader has ended; 0: it has not */
mtype = { START, RESUME, DISCARD, PROMOTE, ADOPT };   /* Decision */

/* A partition of the topic. Rows that are visible, in order, and followed by nothing unsettled are
 * only counted. */
typedef Partition {
  byte rows;
  byte n;
  byte chunk[LOG_MAX];
  byte turn[LOG_MAX];
  bool visible[LOG_MAX];
}
Partition part[2];

/* The progress topic's partition. A visible record is dropped once the next one is visible too. */
typedef Record {
  byte chunk;
  byte outcome; /* stands for position, digests and offsets: see SameOutcome() */
  byte load_id;    /* load id: the run that made it */
  byte run_id;
  bool complete;
  byte turn;
  bool visible;
}
Record progress[LOG_MAX];
byte records = 0;

/* The transaction coordinator, for each transactional id. Only the newest epoch counts, so it knows
 * the epoch by who has it. */
typedef Coordinator {
  byte owner; /* loader + 1 that has the newest epoch; 0: it was fenced or timed out */
  mtype state;
  byte parts; /* registered in the transaction, marker not yet written */
  bool last_committed;
  byte ghosts; /* EndTxn(commit) of the newest epoch that nobody waits for any more */
}
Coordinator co[TURNS];
byte lost = 0; /* connections, of GHOSTS */
byte timeouts = 0;

/* --- loaders ---------------------------------------------------------------------------------- */
/* librdkafka's producer of one loader and one turn. */
typedef Producer {
  byte queued; /* messages not yet acknowledged: a bit for each partition */
  byte added;  /* partitions it has told the coordinator of */
  byte chunk;
  byte outcome;
  bool complete;
  mtype commit;
  bool in_doubt;
}
Producer prod[LOADERS * TURNS];

typedef Ledger {
  byte load_id; /* 0: the ledger has none */
  byte run_id;
  byte last;
  byte outcome; /* of chunk last */
  byte intent;  /* outcome of chunk last + 1 if it is committed; 0: no intent */
}
#ifdef ONE_LEDGER /* a zombie: both loaders on one machine, and the lock has failed */
Ledger ledger[1];
#define LEDGER ledger[0]
#else
Ledger ledger[LOADERS];
#define LEDGER ledger[l]
#endif

bool session[LOADERS]; /* it has producers */
byte failed[LOADERS];  /* turns whose producer got an error: bits */
bool crash[LOADERS];
byte run_of[LOADERS];
byte load_of[LOADERS]; /* of the records it writes */
mtype ended[LOADERS];
byte runs = 0;
byte crashes = 0;

#define PRODUCER prod[l * TURNS + t]
#define COORDINATOR co[t]
#define OWNS (COORDINATOR.owner == l + 1)
#define SETTLING (COORDINATOR.state == COMMITTING || COORDINATOR.state == ABORTING)

/* --- the specification's own memory: what has been decided ------------------------------------ */
byte decided = 0; /* chunk of the newest record committed */
byte holder = 0;  /* its run */
bool sealed = false;
byte outcome_of[CHUNKS + 1]; /* of each chunk committed */
byte superseded = 0;         /* runs that lost the load to another one: bits */

hidden byte i, j, p_, found;

#define ID(t) (97 + (t)) /* of a producer: a, b, ... */

/* --- the log ---------------------------------------------------------------------------------- */
inline drop_row(p, from) {
  j = from;
  do
  :: j + 1 < part[p].n ->
     part[p].chunk[j] = part[p].chunk[j + 1];
     part[p].turn[j] = part[p].turn[j + 1];
     part[p].visible[j] = part[p].visible[j + 1];
     j++
  :: else -> break
  od;
  part[p].n = part[p].n - 1;
  part[p].chunk[part[p].n] = 0;
  part[p].turn[part[p].n] = 0;
  part[p].visible[part[p].n] = false
}

inline copy_record(to, from) {
  progress[to].chunk = progress[from].chunk;
  progress[to].outcome = progress[from].outcome;
  progress[to].load_id = progress[from].load_id;
  progress[to].run_id = progress[from].run_id;
  progress[to].complete = progress[from].complete;
  progress[to].turn = progress[from].turn;
  progress[to].visible = progress[from].visible
}

inline write_record(of_chunk, of_outcome, of_load, of_run, done, of_turn, now) {
  assert(records < LOG_MAX || bound_too_small);
  progress[records].chunk = of_chunk;
  progress[records].outcome = of_outcome;
  progress[records].load_id = of_load;
  progress[records].run_id = of_run;
  progress[records].complete = done;
  progress[records].turn = of_turn;
  progress[records].visible = now;
  records++
}

inline drop_record(from) {
  j = from;
  do
  :: j + 1 < records -> copy_record(j, j + 1); j++
  :: else -> break
  od;
  records--;
  progress[records].chunk = 0;
  progress[records].outcome = 0;
  progress[records].load_id = 0;
  progress[records].run_id = 0;
  progress[records].complete = false;
  progress[records].turn = 0;
  progress[records].visible = false
}

inline settle_rows(p, t, commit) {
  i = 0;
  do
  :: i < part[p].n && part[p].turn[i] == t && !part[p].visible[i] ->
     if
     :: commit -> part[p].visible[i] = true; i++
     :: else -> drop_row(p, i)
     fi
  :: i < part[p].n && !(part[p].turn[i] == t && !part[p].visible[i]) -> i++
  :: i >= part[p].n -> break
  od;
  do
  :: part[p].n > 0 && part[p].visible[0] ->
     assert(part[p].chunk[0] == part[p].rows + 1 || not_once_in_order);
     part[p].rows = part[p].chunk[0];
     drop_row(p, 0)
  :: else -> break
  od
}

inline settle_records(t, commit) {
  i = 0;
  do
  :: i < records && progress[i].turn == t && !progress[i].visible ->
     if
     :: commit -> progress[i].visible = true; i++
     :: else -> drop_record(i)
     fi
  :: i < records && !(progress[i].turn == t && !progress[i].visible) -> i++
  :: i >= records -> break
  od;
  forget_old_records()
}

inline forget_old_records() {
  i = 0;
  do
  :: i + 1 < records && progress[i].visible && progress[i + 1].visible -> drop_record(i)
  :: i + 1 < records && !(progress[i].visible && progress[i + 1].visible) -> i++
  :: i + 1 >= records -> break
  od
}

/* --- the coordinator -------------------------------------------------------------------------- */
/* Whether a record of turn t is part of the open transaction: found = its index, or LOG_MAX. */
inline find_record(t) {
  found = LOG_MAX;
  i = 0;
  do
  :: i < records ->
     if
     :: progress[i].turn == t && !progress[i].visible -> found = i
     :: else
     fi;
     i++
  :: else -> break
  od
}

/* Rows of the open transaction of turn t: j = how many, of chunk `wanted`; others count as 100. */
inline count_rows(t, wanted) {
  j = 0;
  p_ = 0;
  do
  :: p_ < PARTS ->
     i = 0;
     do
     :: i < part[p_].n ->
        if
        :: part[p_].turn[i] == t && !part[p_].visible[i] ->
           if
           :: part[p_].chunk[i] == wanted -> j++
           :: else -> j = 100
           fi
        :: else
        fi;
        i++
     :: else -> break
     od;
     p_++
  :: else -> break
  od
}

/* PrepareCommit: from here on the outcome is fixed; markers follow. */
inline decide_commit(t) {
  COORDINATOR.state = COMMITTING;
  find_record(t);
  if
  :: found < LOG_MAX ->
     printf("  coordinator: commit %c, record of chunk %d by run %d\n", ID(t),
            progress[found].chunk, progress[found].run_id)
  :: else -> printf("  coordinator: commit %c, NO record\n", ID(t))
  fi;
#ifndef OBSERVABLE
  assert(found < LOG_MAX || not_whole);
  if
  :: progress[found].chunk == decided -> count_rows(t, 0); assert(j == 0 || not_whole)
  :: else ->
     assert(progress[found].chunk == decided + 1 || not_whole);
     count_rows(t, progress[found].chunk);
     assert(j == PARTS || not_whole);
     assert(progress[found].run_id == holder || not_held)
  fi;
#endif
  if
  :: found < LOG_MAX ->
#ifndef OBSERVABLE
     assert((superseded & BIT(progress[found].run_id)) == 0 || went_on_superseded);
#endif
     if
     :: holder != progress[found].run_id && holder != 0 -> superseded = superseded | BIT(holder)
     :: else
     fi;
     decided = progress[found].chunk;
     holder = progress[found].run_id;
     sealed = progress[found].complete;
     outcome_of[decided] = progress[found].outcome
  :: else
  fi;
  i = 0; j = 0; p_ = 0; found = 0
}

/* Writes the marker of turn t's transaction into partition p. */
inline settle(p) {
  printf("  coordinator: marker of %c in partition %d\n", ID(t), p);
  if
  :: p == PROGRESS -> settle_records(t, COORDINATOR.state == COMMITTING)
  :: else -> settle_rows(p, t, COORDINATOR.state == COMMITTING)
  fi;
  COORDINATOR.parts = COORDINATOR.parts & ~BIT(p);
  if
  :: COORDINATOR.parts == 0 ->
     COORDINATOR.last_committed = (COORDINATOR.state == COMMITTING);
     COORDINATOR.state = NOTHING
  :: else
  fi;
  i = 0; j = 0
}

/* Raises the epoch and aborts. */
inline fence(t) {
  printf("  coordinator: fence and abort %c\n", ID(t));
  COORDINATOR.owner = 0;
  COORDINATOR.ghosts = 0;
  COORDINATOR.state = ABORTING
}

#define FREE_TO_TIME_OUT (COORDINATOR.owner == 0 || !session[COORDINATOR.owner - 1])

proctype Coordinate(byte t) {
end:
  do
#ifdef COARSE
  :: d_step {
       SETTLING ->
       do
       :: (COORDINATOR.parts & BIT(0)) != 0 -> settle(0)
       :: (COORDINATOR.parts & BIT(1)) != 0 -> settle(1)
       :: (COORDINATOR.parts & BIT(PROGRESS)) != 0 -> settle(PROGRESS)
       :: COORDINATOR.parts == 0 -> break
       od
     }
#else
  :: d_step { SETTLING && (COORDINATOR.parts & BIT(0)) != 0 -> settle(0) }
  :: d_step { SETTLING && (COORDINATOR.parts & BIT(1)) != 0 -> settle(1) }
  :: d_step { SETTLING && (COORDINATOR.parts & BIT(PROGRESS)) != 0 -> settle(PROGRESS) }
#endif
     /* KAFKA-17754: known by id and epoch only, so it ends whatever is open. */
  :: d_step {
       COORDINATOR.ghosts > 0 && COORDINATOR.state == ONGOING ->
       printf("  network: a late EndTxn(commit) of %c\n", ID(t));
       COORDINATOR.ghosts--;
       decide_commit(t)
     }
  :: d_step {
       COORDINATOR.state == ONGOING && (FREE_TO_TIME_OUT || timeouts < TIMEOUTS) ->
       if
       :: FREE_TO_TIME_OUT
       :: else -> timeouts++
       fi;
       fence(t)
     }
  od
}

/* --- librdkafka's threads --------------------------------------------------------------------- */
inline lose_producer() {
  printf("loader %d: producer %c is refused\n", l, ID(t));
  failed[l] = failed[l] | BIT(t);
  PRODUCER.queued = 0;
  if
  :: PRODUCER.commit == ASKED -> PRODUCER.commit = NO
  :: else
  fi
}

#define ROWS_BEFORE (prod[l * TURNS + (t + TURNS - 1) % TURNS].queued & ROWS)

/* Rule 1: a row waits until the rows of the chunk before it are settled in its partition, that is
 * acknowledged or have failed. */
#ifdef SEND_EARLY
#define FOLLOWS(p) true
#else
#define FOLLOWS(p) ((ROWS_BEFORE & BIT(p)) == 0)
#endif

/* One message: AddPartitionsToTxn if need be, then Produce. */
inline produce(p) {
  if
  :: !OWNS -> lose_producer()
  :: OWNS && (PRODUCER.added & BIT(p)) == 0 ->
     PRODUCER.added = PRODUCER.added | BIT(p);
     COORDINATOR.parts = COORDINATOR.parts | BIT(p);
     COORDINATOR.last_committed = false;
     COORDINATOR.state = ONGOING
  :: OWNS && (PRODUCER.added & BIT(p)) != 0 ->
     if
     :: COORDINATOR.state == ONGOING && (COORDINATOR.parts & BIT(p)) != 0 ->
        printf("loader %d: producer %c: chunk %d acknowledged in partition %d\n", l, ID(t),
               PRODUCER.chunk, p);
        if
        :: p == PROGRESS ->
           write_record(PRODUCER.chunk, PRODUCER.outcome, load_of[l], run_of[l],
                        PRODUCER.complete, t, false)
        :: else ->
           assert(part[p].n < LOG_MAX || bound_too_small);
           part[p].chunk[part[p].n] = PRODUCER.chunk;
           part[p].turn[part[p].n] = t;
           part[p].n++
#if REACH == 6 /* a commit is under way, a chunk drains, and rows of the next one are sent */
           ;
           assert(!(co[0].state == ONGOING && co[1].state == ONGOING && co[2].state == ONGOING &&
                    ROWS_BEFORE != 0) || can_happen)
#endif
        fi;
        PRODUCER.queued = PRODUCER.queued & ~BIT(p)
     :: else -> lose_producer() /* INVALID_TXN_STATE: the transaction was ended by a ghost */
     fi
  fi
}

#define MAY_SEND(p) ((PRODUCER.queued & BIT(p)) != 0 && FOLLOWS(p) && !(OWNS && SETTLING))
#define MAY_END (PRODUCER.commit == ASKED && PRODUCER.queued == 0)

proctype Network(byte l; byte t) {
end:
  do
#ifdef COARSE
  :: d_step {
       MAY_SEND(0) || MAY_SEND(1) || MAY_SEND(PROGRESS) ->
       do
       :: MAY_SEND(0) -> produce(0)
       :: MAY_SEND(1) -> produce(1)
       :: MAY_SEND(PROGRESS) -> produce(PROGRESS)
       :: else -> break
       od
     }
#else
  :: d_step { MAY_SEND(0) -> produce(0) }
  :: d_step { MAY_SEND(1) -> produce(1) }
  :: d_step { MAY_SEND(PROGRESS) -> produce(PROGRESS) }
#endif
     /* EndTxn; in_commit is any instant before its answer is read, after_commit the next one. */
  :: d_step {
       MAY_END && !(OWNS && SETTLING) ->
       if
       :: OWNS && COORDINATOR.state == ONGOING -> decide_commit(t); PRODUCER.commit = YES
       :: OWNS && COORDINATOR.state == NOTHING && COORDINATOR.last_committed ->
          PRODUCER.commit = YES
       :: else -> PRODUCER.commit = NO
       fi
     }
     /* The connection is lost, and EndTxn is sent again: the first copy is late, or its answer is
      * lost. */
  :: d_step {
       MAY_END && OWNS && COORDINATOR.state == ONGOING && lost < GHOSTS ->
       printf("  network: producer %c sends EndTxn again, the first copy is late\n", ID(t));
       lost++;
       PRODUCER.in_doubt = true;
       COORDINATOR.ghosts++
     }
  :: d_step {
       MAY_END && OWNS && COORDINATOR.state == ONGOING && lost < GHOSTS ->
       printf("  network: producer %c sends EndTxn again, the first answer is lost\n", ID(t));
       lost++;
       PRODUCER.in_doubt = true;
       decide_commit(t)
     }
  od
}

/* --- the loader ------------------------------------------------------------------------------- */
/* The producers are gone. A request that is on its way stays so. */
inline abandon_one(t) {
  if
  :: MAY_END && OWNS && COORDINATOR.state == ONGOING -> COORDINATOR.ghosts++
  :: else
  fi;
  PRODUCER.queued = 0;
  PRODUCER.added = 0;
  PRODUCER.chunk = 0;
  PRODUCER.outcome = 0;
  PRODUCER.complete = false;
  PRODUCER.commit = 0;
  PRODUCER.in_doubt = false
}

inline abandon() {
  abandon_one(0);
  abandon_one(1);
  abandon_one(2);
#if TURNS > 3
  abandon_one(3);
#endif
  failed[l] = 0;
  session[l] = false
}

inline new_run() {
  runs++;
  run_of[l] = runs;
  known = UNKNOWN
}

inline begin(t, of_chunk, of_outcome, done, messages) {
  PRODUCER.chunk = of_chunk;
  PRODUCER.outcome = of_outcome;
  PRODUCER.complete = done;
  PRODUCER.queued = messages;
  PRODUCER.added = 0;
  PRODUCER.in_doubt = false
}

/* The end of the partition is can_happen with read_committed: nothing in it is unsettled. */
#define SETTLED (records == 0 || (records == 1 && progress[0].visible))
#ifdef NO_WAIT
#define READABLE true /* "end of partition" is taken for the end */
#else
#define READABLE SETTLED
#endif
#define NO_RECORD (records == 0 || !progress[0].visible)

/* A crash of the machine loses any suffix of what SQLite wrote, or the whole file. */
inline lose_tail() {
#ifndef ONE_LEDGER
  if
  :: true
  :: LEDGER.load_id != 0 ->
     LEDGER.load_id = 0; LEDGER.run_id = 0; LEDGER.last = 0; LEDGER.outcome = 0; LEDGER.intent = 0
  :: LEDGER.intent != 0 -> LEDGER.intent = 0
  :: LEDGER.last > 0 ->
     do
     :: true ->
        LEDGER.intent = outcome_of[LEDGER.last];
        LEDGER.last--;
        LEDGER.outcome = outcome_of[LEDGER.last];
        if
        :: LEDGER.last == 0 -> break
        :: true -> break
        :: LEDGER.last > 0
        fi
     od;
     if
     :: true
     :: LEDGER.intent = 0
     :: LEDGER.intent = UNKNOWN /* an earlier attempt at that chunk */
     fi
  fi
#endif
  skip
}

/* Every write to the ledger: a run that was superseded there leaves. */
#define UNLESS_SUPERSEDED \
  if \
  :: LEDGER.run_id != run_of[l] -> goto held \
  :: else \
  fi

/* The newest record, as Session::Open() takes it up. */
inline read_progress() {
  if
  :: NO_RECORD ->
     printf("loader %d: Latest: none\n", l);
     kafka = 0; outcome = 0; other = 0; complete = false; known = 0
  :: else ->
     printf("loader %d: Latest: chunk %d, run %d\n", l, progress[0].chunk,
            progress[0].run_id);
     kafka = progress[0].chunk;
     outcome = progress[0].outcome;
     other = progress[0].load_id;
     complete = progress[0].complete;
     known = progress[0].run_id
  fi
}

/* Whether a run that this one does not know holds the load. */
#define TAKEN_OVER \
  (known != UNKNOWN && !NO_RECORD && progress[0].run_id != run_of[l] && \
   progress[0].run_id != known)

/* Latest, once all Inits are done. */
inline latest() {
  READABLE;
#ifndef NO_LOOK_AFTER_INIT
  if
  :: TAKEN_OVER -> goto held
  :: else
  fi;
#endif
  read_progress()
}

/* recovery_plan.h. Refusing is no answer to a crash: cases C, D, E, G, N, O are never met. */
#define HISTORY (LEDGER.load_id != 0 && (LEDGER.last > 0 || LEDGER.intent != 0))
inline decide() {
  if
  :: other == 0 -> assert(!HISTORY || refused); decision = START
  :: other != 0 && !HISTORY -> decision = ADOPT
  :: other != 0 && HISTORY ->
     assert(LEDGER.load_id == other || refused);
     assert(kafka >= LEDGER.last || refused);
     assert(kafka != LEDGER.last || outcome == LEDGER.outcome || refused);
     if
     :: kafka == LEDGER.last && LEDGER.intent == 0 -> decision = RESUME
     :: kafka == LEDGER.last && LEDGER.intent != 0 -> decision = DISCARD
     :: kafka == LEDGER.last + 1 && LEDGER.intent == outcome -> decision = PROMOTE
     :: else -> decision = ADOPT
     fi
  fi
#if REACH == 3
  ;
  assert(decision != DISCARD || can_happen)
#elif REACH == 4
  ;
  assert(decision != PROMOTE || can_happen)
#elif REACH == 5
  ;
  assert(!(decision == ADOPT && HISTORY) || can_happen)
#endif
}

inline begin_run() {
  if
  :: other != 0 -> load_of[l] = other
  :: other == 0 && LEDGER.load_id != 0 -> load_of[l] = LEDGER.load_id
  :: else -> load_of[l] = run_of[l]
  fi;
  if
  :: LEDGER.load_id == 0 ->
     LEDGER.load_id = load_of[l];
     LEDGER.last = kafka;
     LEDGER.outcome = outcome
  :: else
  fi;
  LEDGER.run_id = run_of[l];
  begun = true
}

inline confirm() {
  if
  :: LEDGER.intent != 0 -> LEDGER.last++; LEDGER.outcome = LEDGER.intent; LEDGER.intent = 0
  :: else
  fi
}

inline carry_out() {
  if
  :: decision == DISCARD -> LEDGER.intent = 0
  :: decision == PROMOTE -> confirm()
  :: decision == ADOPT || decision == START ->
     LEDGER.load_id = load_of[l];
     LEDGER.last = kafka;
     LEDGER.outcome = outcome;
     LEDGER.intent = 0
  :: decision == RESUME
  fi
}

/* CheckpointStore::Complete(). */
inline complete_load() {
  confirm();
  assert(LEDGER.last == CHUNKS || ledger_out_of_order)
}

/* Intend: the next chunk is about to be committed, and the one before it is. */
inline intend() {
  confirm();
  assert(LEDGER.last == sent || ledger_out_of_order);
  printf("loader %d: Mark, Intend, Commit chunk %d\n", l, sent + 1);
  LEDGER.intent = made
}

#ifdef NO_GUARD
#define IN_DOUBT(t) false
#else
#define IN_DOUBT(t) prod[l * TURNS + t].in_doubt
#endif

/* Session::CommitRecord(): claim and seal. Begin, Mark, Commit on turn a. */
inline commit_record(done) {
  atomic {
    printf("loader %d: claim or seal, chunk %d, run %d, complete %d\n", l, at, run_of[l], done);
    begin(0, at, outcome, done, BIT(PROGRESS));
    prod[l * TURNS].commit = ASKED
  };
  if
  :: d_step { prod[l * TURNS].commit == YES -> known = run_of[l]; prod[l * TURNS].commit = 0 }
  :: prod[l * TURNS].commit == NO -> goto restart
  fi;
  if
  :: IN_DOUBT(0) -> goto restart
  :: else
  fi
}

#ifdef INIT_SIDE_BY_SIDE
#define MAY_INIT(t) ((inits & BIT(t)) == 0)
#else
#define MAY_INIT(t) (inits == BIT(t) - 1) /* a, then b, ... */
#endif

/* Init is fence, until nothing is open, and this. */
inline take(t) {
  printf("loader %d: Init %c\n", l, ID(t));
  COORDINATOR.owner = l + 1;
  COORDINATOR.ghosts = 0;
  COORDINATOR.last_committed = false;
  inits = inits | BIT(t)
}

#define TURN(chunk) ((chunk) % TURNS)
#define OF(chunk) prod[l * TURNS + TURN(chunk)]

/* NotePreviousCommit(). */
#define COMMIT_RETURNED (at < sent && (OF(at + 1).commit == YES || OF(at + 1).commit == NO))
inline note_previous() {
  if
  :: OF(at + 1).commit == NO || IN_DOUBT(TURN(at + 1)) -> goto restart
  :: else -> at++; OF(at).commit = 0
  fi
}

/* Steps of a loader that nobody else sees. */
#ifdef COARSE
#define UNSEEN atomic
#else
#define UNSEEN
#endif

/* Rules 2 and 3: the draining chunk is acknowledged, and the commit before it has returned. */
#ifdef COMMIT_EARLY
#define PREVIOUS_COMMITTED true
#else
#define PREVIOUS_COMMITTED (at == sent)
#endif
#define MAY_SETTLE \
  (k > sent && PREVIOUS_COMMITTED && OF(sent + 1).queued == 0 && \
   (failed[l] & BIT(TURN(sent + 1))) == 0)

inline start_commit() {
  sent++;
  if
  :: (failed[l] & BIT(TURN(sent))) != 0 -> OF(sent).commit = NO
  :: else -> OF(sent).commit = ASKED
  fi
}

proctype Loader(byte l) {
  byte known;          /* SessionMemory::known_run */
  byte at;             /* the last chunk whose commit has returned */
  byte sent;           /* the last chunk handed to Commit: at or at + 1 */
  byte k;              /* the last chunk begun: sent + 1 drains, sent + 2 is open */
  byte made;           /* outcome of the chunks of this session */
  byte inits;          /* turns that Init is done for: bits */
  byte restarts;
  byte kafka, outcome, other; /* the newest record: chunk, outcome, load */
  bool complete;
  bool begun; /* this run is in the ledger */
  mtype decision;

  d_step { new_run() };
  do
  :: {
       skip; /* after_lock, after_migration, after_preflight: nothing has happened yet */
next_session:
       atomic { session[l] = true; made = 1 + 2 * l + ((made + 1 + 2 * l) & 1) };
#ifdef READ_BEFORE_INIT
       atomic { latest() };
#endif
       /* Init, id after id: fence and abort what is open, then the newest epoch. */
       do
       :: d_step { MAY_INIT(0) && co[0].state == ONGOING -> fence(0) }
       :: d_step { MAY_INIT(1) && co[1].state == ONGOING -> fence(1) }
       :: d_step { MAY_INIT(2) && co[2].state == ONGOING -> fence(2) }
       :: d_step { MAY_INIT(0) && co[0].state == NOTHING -> take(0) }
       :: d_step { MAY_INIT(1) && co[1].state == NOTHING -> take(1) }
       :: d_step { MAY_INIT(2) && co[2].state == NOTHING -> take(2) }
#if TURNS > 3
       :: d_step { MAY_INIT(3) && co[3].state == ONGOING -> fence(3) }
       :: d_step { MAY_INIT(3) && co[3].state == NOTHING -> take(3) }
#endif
       :: d_step { inits == BIT(TURNS) - 1 -> inits = 0 }; break
       od;
       /* after_init; then Latest, after_read, Recover. */
       UNSEEN {
#ifndef READ_BEFORE_INIT
         atomic { latest() };
#endif
         d_step {
           printf("loader %d: Recover: ledger has chunk %d, intent %d\n", l, LEDGER.last,
                  LEDGER.intent);
#ifdef TRUST_LEDGER
           kafka = LEDGER.last; outcome = LEDGER.outcome; other = LEDGER.load_id;
           complete = false;
#endif
           decide()
         };
         atomic {
           if
           :: begun -> UNLESS_SUPERSEDED
           :: else
           fi;
           begin_run()
         };
         /* after_begin_run */
         atomic { UNLESS_SUPERSEDED; carry_out(); decision = 0; at = kafka };
         /* after_discard, after_promote, after_adopt */
         skip
       };
       if
       :: complete && kafka == CHUNKS ->
          atomic { UNLESS_SUPERSEDED; complete_load() };
          goto done
       :: else
       fi;
#ifndef NO_CLAIM
       commit_record(false);
       /* after_claim */
#endif
       /* Three chunks are under way: sent commits, sent + 1 drains, sent + 2 is filled. */
       d_step { sent = at; k = at };
       do
       :: failed[l] != 0 -> goto restart
       :: atomic { COMMIT_RETURNED -> note_previous() };
#ifdef PROGRESS_OUTSIDE
          d_step {
            write_record(at, made, load_of[l], run_of[l], false, FOREIGN_TURN, true);
            forget_old_records();
            decided = at; holder = run_of[l]
          }
#endif
          /* Begin and Send: after_begin, mid_send. All of a chunk's rows wait from now on: filling
           * it in pieces makes no other order of what is appended. */
       :: d_step {
            k < CHUNKS && k < sent + 2 && k < at + TURNS ->
            k++;
            printf("loader %d: Begin and Send chunk %d\n", l, k);
            begin(TURN(k), k, made, false, ROWS)
          }
          /* AwaitAcknowledged, after_send; AwaitPreviousCommit, after_previous. Then Mark (it only
           * queues), after_mark, Intend, after_intend, and Commit, which flushes first, on its own
           * thread. */
       :: UNSEEN {
            MAY_SETTLE ->
#ifndef PROGRESS_OUTSIDE
            OF(sent + 1).queued = BIT(PROGRESS);
#endif
            atomic { UNLESS_SUPERSEDED; intend() };
            d_step { start_commit() }
          }
       :: at == CHUNKS -> break
       od;
       atomic { k = 0; sent = 0; UNLESS_SUPERSEDED; confirm(); outcome = LEDGER.outcome };
       /* after_confirm; then seal. */
       commit_record(true);
       /* after_seal */
       atomic { UNLESS_SUPERSEDED; complete_load() };
       /* after_complete */
       goto done;

restart: /* LoadRunner::Restart() */
       atomic {
         printf("loader %d: Restart\n", l);
         abandon(); k = 0; sent = 0; at = 0; kafka = 0; outcome = 0; other = 0; complete = false };
       if
       :: restarts == RESTARTS -> goto gave_up
       :: else -> restarts++
       fi;
#ifndef NO_LOOK
       /* ThrowIfTakenOver: it may look several times, and this is the last one. */
       atomic {
         READABLE;
         if
         :: known == UNKNOWN && NO_RECORD -> known = 0
         :: known == UNKNOWN && !NO_RECORD -> known = progress[0].run_id
         :: TAKEN_OVER -> goto held
         :: else
         fi
       };
#endif
       goto next_session
     } unless {
       atomic {
         crash[l] ->
         d_step {
           printf("loader %d: killed\n", l);
           crash[l] = false;
           abandon();
           new_run();
           k = 0; sent = 0; at = 0; kafka = 0; outcome = 0; other = 0; complete = false; inits = 0;
           begun = false; decision = 0
         };
         lose_tail()
       }
     }
  od;

done:
  atomic {
    printf("loader %d: done\n", l);
    assert((decided == CHUNKS && sealed) || not_complete);
    ended[l] = DONE
  };
  goto over;
held:
  atomic { printf("loader %d: held, exit 6\n", l); ended[l] = HELD };
  goto over;
gave_up:
  ended[l] = GAVE_UP;
over:
  atomic { /* states that differ in nothing that matters any more are one */
    crash[l] = false;
    abandon();
    k = 0; sent = 0; at = 0; kafka = 0; outcome = 0; other = 0; complete = false; known = 0;
    restarts = 0; made = 0; begun = false; decision = 0; inits = 0
  }
}

/* Another load's transaction in the same partition of the progress topic: it holds readers back. */
#ifdef FOREIGN
proctype Foreign() {
  d_step { write_record(0, 0, 0, 0, false, FOREIGN_TURN, false) };
  d_step { settle_records(FOREIGN_TURN, false) }
}
#endif

/* --- crashes, and the judgement --------------------------------------------------------------- */
proctype Fate(byte l) {
end:
  do
  :: d_step { crashes < CRASHES && ended[l] == 0 && !crash[l] -> crashes++; crash[l] = true }
  od
}

#define ALL_ENDED (ended[0] != 0 && ended[LOADERS - 1] != 0)
#define SOME(how) (ended[0] == how || ended[LOADERS - 1] == how)
proctype Judge() {
end:
  d_step {
    ALL_ENDED && co[0].state == NOTHING && co[1].state == NOTHING && co[2].state == NOTHING &&
    co[TURNS - 1].state == NOTHING && SETTLED ->
    assert(!SOME(DONE) ||
           (part[0].rows == CHUNKS && part[0].n == 0 && part[PARTS - 1].rows == CHUNKS &&
            part[1].n == 0 && progress[0].chunk == CHUNKS && progress[0].complete) ||
           not_complete);
#if REACH == 1 /* complete, after every crash and every lost connection */
    assert(!(SOME(DONE) && crashes == CRASHES && lost == GHOSTS) || can_happen)
#elif REACH == 2 /* one loader takes the load over and completes it, the other one leaves */
    assert(!(SOME(DONE) && SOME(HELD)) || can_happen)
#else
    skip
#endif
  }
}

init {
  atomic {
    run Coordinate(0);
    run Coordinate(1);
    run Coordinate(2);
    run Network(0, 0);
    run Network(0, 1);
    run Network(0, 2);
#if TURNS > 3
    run Coordinate(3);
    run Network(0, 3);
#endif
    run Loader(0);
    run Fate(0);
#if LOADERS > 1
    run Network(1, 0);
    run Network(1, 1);
    run Network(1, 2);
#if TURNS > 3
    run Network(1, 3);
#endif
    run Loader(1);
    run Fate(1);
#endif
#ifdef FOREIGN
    run Foreign();
#endif
    run Judge()
  }
}
