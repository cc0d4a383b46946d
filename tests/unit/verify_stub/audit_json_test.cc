// Reports as programs read them: each field of what is found.
#include <gtest/gtest.h>

#include "unit/verify_stub/audit_world.h"

namespace onceload {
namespace {

const std::vector<std::string> kIds{"1", "2", "3", "4", "5", "6", "7", "8"};

class AuditJsonTest : public testing::Test {
 protected:
  // With quotes that need no escape here.
  template <typename Report>
  static std::string JsonOf(const Report& report) {
    std::ostringstream out;
    PrintJson(report, out);
    std::string text = out.str();
    std::replace(text.begin(), text.end(), '"', '\'');
    return text;
  }
  std::string Load() {
    world_.request.topic = "rows";
    return JsonOf(world_.Audit());
  }
  std::string Loads() {
    world_.request.topic.clear();
    return JsonOf(world_.AuditLoads());
  }
  // Records below it have been deleted.
  void Delete(std::int32_t partition, std::int64_t below) {
    std::erase_if(world_.Events("rows", partition),
                  [&](const StubEvent& event) { return event.offset < below; });
    world_.stub.watermarks[{"rows", partition}].low = below;
  }
  void Mingle(const std::vector<std::string>& names, Rules rules = Rules::kSecond) {
    for (const std::string& name : names) world_.Begin(name, kIds).rules = rules;
    for (const std::string& id : kIds) {
      for (const std::string& name : names) world_.Put(name, id);
    }
    for (const std::string& name : names) world_.Commit(name, /*complete=*/true);
  }

  AuditWorld world_;
};

TEST_F(AuditJsonTest, OfALoadWhoseHeadWasDeleted) {
  world_.request.name = "a";
  world_.Begin("a", kIds).rules = Rules::kFirst;
  for (const std::string& id : kIds) {
    world_.Put("a", id);
    if (id == "4" || id == "6") world_.Commit("a");
  }
  world_.Commit("a", /*complete=*/true);
  Delete(0, 1);
  Delete(1, 100);
  EXPECT_EQ(Load(),
            "{'verdict':'not proven','load':'a','topic':'rows','cluster_id':'cluster',"
            "'level':'digest','proves':'the very records that were sent, each once and in order: "
            "key, value, headers, set times','limits':'not that they are the rows of the files: "
            "--level source proves that','exclusive':false,'source':false,'against':'Kafka's "
            "progress records up to chunk 3','complete':true,'bytes':19,'bytes_total':19,"
            "'chunk':3,'rows_expected':5,'rows_found':5,'partitions':[{'partition':0,"
            "'expected':3,'found':3,'difference':0,'digest':'equal','begin':0,'end':6,'gone':1},"
            "{'partition':1,'expected':0,'found':0,'difference':0,'digest':'equal','begin':0,"
            "'end':3,'gone':2},{'partition':2,'expected':2,'found':2,'difference':0,"
            "'digest':'equal','begin':0,'end':2}],'rejected':0,'counts':{'deleted':2},"
            "'differences':[{'kind':'deleted','partition':0,'offset':0,'text':'partition 0 "
            "begins at offset 1 now: 1 offsets of this load have been deleted; rows up to 4 of "
            "the input (chunk 1) can no longer be checked there'},{'kind':'deleted',"
            "'partition':1,'offset':0,'text':'partition 1 begins at offset 3 now: 3 offsets of "
            "this load have been deleted; rows up to 6 of the input (chunk 2) can no longer be "
            "checked there'}],'notes':['the load was begun by version 0.1.0, whose digests cover "
            "key, value, partition and order: headers and record times are not proven'],"
            "'seconds':0.0}\n");
}

TEST_F(AuditJsonTest, OfALoadOfThePastRules) {
  world_.request.name = "a";
  world_.Begin("a", {"1"}).rules = Rules::kFirst;
  world_.Put("a", "1");
  world_.Commit("a");
  EXPECT_EQ(Load(),
            "{'verdict':'proven','load':'a','topic':'rows','cluster_id':'cluster',"
            "'level':'digest','proves':'the very records that were sent, each once and in order: "
            "key, value, headers, set times','limits':'not that they are the rows of the files: "
            "--level source proves that','exclusive':false,'source':false,'against':'Kafka's "
            "progress records up to chunk 1','complete':false,'bytes':0,'bytes_total':5,"
            "'chunk':1,'rows_expected':1,'rows_found':1,'partitions':[{'partition':0,"
            "'expected':1,'found':1,'difference':0,'digest':'equal','begin':0,'end':1},"
            "{'partition':1,'expected':0,'found':0,'difference':0,'digest':'equal','begin':null,"
            "'end':null},{'partition':2,'expected':0,'found':0,'difference':0,'digest':'equal',"
            "'begin':null,'end':null}],'rejected':0,'counts':{},'differences':[],'notes':['the "
            "load was begun by version 0.1.0, whose digests cover key, value, partition and "
            "order: headers and record times are not proven'],'seconds':0.0}\n");
}

TEST_F(AuditJsonTest, OfALoadWhoseTailIsGone) {
  world_.request.name = "a";
  world_.Begin("a", kIds);
  for (const std::string& id : kIds) world_.Put("a", id);
  world_.Commit("a", /*complete=*/true);
  for (PartitionProgress& partition : world_.loads["a"].partitions) partition.end.value += 10;
  world_.PutRecord(world_.loads["a"]);
  EXPECT_EQ(Load(),
            "{'verdict':'not proven','load':'a','topic':'rows','cluster_id':'cluster',"
            "'level':'digest','proves':'the very records that were sent, each once and in order: "
            "key, value, headers, set times','limits':'not that they are the rows of the files: "
            "--level source proves that','exclusive':false,'source':false,'against':'Kafka's "
            "progress records up to chunk 1','complete':true,'bytes':19,'bytes_total':19,"
            "'chunk':1,'rows_expected':8,'rows_found':8,'partitions':[{'partition':0,"
            "'expected':4,'found':4,'difference':0,'digest':'equal','begin':0,'end':14},"
            "{'partition':1,'expected':2,'found':2,'difference':0,'digest':'equal','begin':0,"
            "'end':12},{'partition':2,'expected':2,'found':2,'difference':0,'digest':'equal',"
            "'begin':0,'end':12}],'rejected':0,'counts':{'deleted':3},"
            "'differences':[{'kind':'deleted','partition':0,'offset':5,'text':'partition 0 ends "
            "at offset 5 now: 9 offsets of this load have been lost'},{'kind':'deleted',"
            "'partition':1,'offset':3,'text':'partition 1 ends at offset 3 now: 9 offsets of "
            "this load have been lost'},{'kind':'deleted','partition':2,'offset':3,"
            "'text':'partition 2 ends at offset 3 now: 9 offsets of this load have been lost'}],"
            "'notes':[],'seconds':0.0}\n");
}

TEST_F(AuditJsonTest, OfForeignRecords) {
  world_.request.name = "a";
  world_.request.exclusive = true;
  world_.Append("rows", 1, "k", "before");
  world_.Load("a", kIds);
  EXPECT_EQ(Load(),
            "{'verdict':'not proven','load':'a','topic':'rows','cluster_id':'cluster',"
            "'level':'digest','proves':'the very records that were sent, each once and in order: "
            "key, value, headers, set times','limits':'not that they are the rows of the files: "
            "--level source proves that','exclusive':true,'source':false,'against':'Kafka's "
            "progress records up to chunk 1','complete':true,'bytes':19,'bytes_total':19,"
            "'chunk':1,'rows_expected':8,'rows_found':8,'partitions':[{'partition':0,"
            "'expected':4,'found':4,'difference':0,'digest':'equal','begin':0,'end':4},"
            "{'partition':1,'expected':2,'found':2,'difference':0,'digest':'equal','begin':1,"
            "'end':3},{'partition':2,'expected':2,'found':2,'difference':0,'digest':'equal',"
            "'begin':0,'end':2}],'rejected':0,'counts':{'foreign':1},"
            "'differences':[{'kind':'foreign','partition':1,'offset':0,'text':'the record in "
            "partition 1 at offset 0, before load a, is no load's: key k, value before'}],"
            "'notes':[],'seconds':0.0}\n");
}

TEST_F(AuditJsonTest, OfDeadLettersThatAreOthers) {
  world_.request.name = "a";
  world_.Load("a", {"1"});
  ProgressRecord& load = world_.loads["a"];
  load.dead_letter_topic = "dead";
  world_.stub.topics["dead"] = 1;
  load.dead_letters = {2, Digest{7}, KafkaOffset{0}, KafkaOffset{2}};
  for (const char* key : {"a", "b"}) world_.Append("dead", 0, key, "x");
  world_.PutRecord(load);
  EXPECT_EQ(Load(),
            "{'verdict':'not proven','load':'a','topic':'rows','cluster_id':'cluster',"
            "'level':'digest','proves':'the very records that were sent, each once and in order: "
            "key, value, headers, set times','limits':'not that they are the rows of the files: "
            "--level source proves that','exclusive':false,'source':false,'against':'Kafka's "
            "progress records up to chunk 1','complete':true,'bytes':5,'bytes_total':5,'chunk':1,"
            "'rows_expected':1,'rows_found':1,'partitions':[{'partition':0,'expected':1,"
            "'found':1,'difference':0,'digest':'equal','begin':0,'end':1},{'partition':1,"
            "'expected':0,'found':0,'difference':0,'digest':'equal','begin':null,'end':null},"
            "{'partition':2,'expected':0,'found':0,'difference':0,'digest':'equal','begin':null,"
            "'end':null}],'rejected':0,'dead_letters':{'partition':0,'expected':2,'found':1,"
            "'difference':-1,'digest':'differs','begin':0,'end':2,'differs':'from its records',"
            "'topic':'dead'},'counts':{'dead-letter':1},'differences':[{'kind':'dead-letter',"
            "'offset':0,'text':'topic dead holds 1 dead letters of the load where 2 should be'}],"
            "'notes':[],'seconds':0.0}\n");
}

TEST_F(AuditJsonTest, OfLoadsAmongEachOther) {
  Mingle({"a", "b"}, Rules::kFirst);
  Delete(0, 2);
  EXPECT_EQ(Loads(),
            "{'verdict':'not proven','level':'digest','proves':'the very records that were sent, "
            "each once and in order: key, value, headers, set times','limits':'not that they are "
            "the rows of the files: --level source proves that','loads':[{'verdict':'not proven',"
            "'load':'a','topic':'rows','complete':true,'bytes':19,'rows_expected':8,'rejected':0,"
            "'counts':{'deleted':1},'differences':[{'kind':'deleted','partition':0,'offset':0,"
            "'text':'partition 0 begins at offset 2 now: 2 offsets of this load have been "
            "deleted; its rows can no longer be checked there'}],'notes':['the load was begun by "
            "version 0.1.0, whose digests cover key, value, partition and order: headers and "
            "record times are not proven']},{'verdict':'not proven','load':'b','topic':'rows',"
            "'complete':true,'bytes':19,'rows_expected':8,'rejected':0,'counts':{'deleted':1},"
            "'differences':[{'kind':'deleted','partition':0,'offset':1,'text':'partition 0 "
            "begins at offset 2 now: 1 offsets of this load have been deleted; its rows can no "
            "longer be checked there'}],'notes':['the load was begun by version 0.1.0, whose "
            "digests cover key, value, partition and order: headers and record times are not "
            "proven']}],'together':[{'verdict':'not proven','topic':'rows','loads':['a','b'],"
            "'compared':'number and sum of digests','rows_expected':16,'rows_found':14,"
            "'partitions':[{'partition':0,'expected':8,'found':6,'difference':-2,"
            "'digest':'differs','begin':2,'end':8,'differs':'in its records'},{'partition':1,"
            "'expected':4,'found':4,'difference':0,'digest':'equal','begin':0,'end':4},"
            "{'partition':2,'expected':4,'found':4,'difference':0,'digest':'equal','begin':0,"
            "'end':4}],'counts':{'unnamed':1},'differences':[{'kind':'unnamed','partition':0,"
            "'text':'partition 0 holds 6 records where 8 were loaded by these loads'}]}],"
            "'seconds':0.0}\n");
}

// One of two that are told apart has lost a record to nobody.
TEST_F(AuditJsonTest, OfARecordOfNobodyAmongLoads) {
  FrozenEncoding encoding = world_.plain;
  encoding.encode.headers = true;
  for (const char* name : {"a", "b"}) world_.Begin(name, kIds, encoding);
  for (const std::string& id : kIds) {
    for (const char* name : {"a", "b"}) world_.Put(name, id, world_.loads[name].load_id);
  }
  for (const char* name : {"a", "b"}) world_.Commit(name, /*complete=*/true);
  world_.Events("rows", 0)[1].headers.clear();
  world_.Events("rows", 2)[2].value = "another";
  EXPECT_EQ(Loads(),
            "{'verdict':'not proven','level':'digest','proves':'the very records that were sent, "
            "each once and in order: key, value, headers, set times','limits':'not that they are "
            "the rows of the files: --level source proves that','loads':[{'verdict':'not proven',"
            "'load':'a','topic':'rows','cluster_id':'cluster','level':'digest','proves':'the "
            "very records that were sent, each once and in order: key, value, headers, set "
            "times','limits':'not that they are the rows of the files: --level source proves "
            "that','exclusive':false,'source':false,'against':'','complete':true,'bytes':19,"
            "'bytes_total':19,'chunk':1,'rows_expected':8,'rows_found':8,"
            "'partitions':[{'partition':0,'expected':4,'found':4,'difference':0,'digest':'equal',"
            "'begin':0,'end':7},{'partition':1,'expected':2,'found':2,'difference':0,"
            "'digest':'equal','begin':0,'end':3},{'partition':2,'expected':2,'found':2,"
            "'difference':0,'digest':'differs','begin':0,'end':3,'differs':'from its records'}],"
            "'rejected':0,'counts':{'unnamed':1},'differences':[{'kind':'unnamed','partition':2,"
            "'text':'partition 2 holds 2 records where 2 were loaded by a, not the same ones in "
            "that order'}],'notes':[],'seconds':0.0},{'verdict':'not proven','load':'b',"
            "'topic':'rows','cluster_id':'cluster','level':'digest','proves':'the very records "
            "that were sent, each once and in order: key, value, headers, set times',"
            "'limits':'not that they are the rows of the files: --level source proves that',"
            "'exclusive':false,'source':false,'against':'','complete':true,'bytes':19,"
            "'bytes_total':19,'chunk':1,'rows_expected':8,'rows_found':7,"
            "'partitions':[{'partition':0,'expected':4,'found':3,'difference':-1,"
            "'digest':'differs','begin':1,'end':8,'differs':'from its records'},{'partition':1,"
            "'expected':2,'found':2,'difference':0,'digest':'equal','begin':1,'end':4},"
            "{'partition':2,'expected':2,'found':2,'difference':0,'digest':'equal','begin':1,"
            "'end':4}],'rejected':0,'counts':{'unnamed':1},'differences':[{'kind':'unnamed',"
            "'partition':0,'text':'partition 0 holds 3 records where 4 were loaded by b'}],"
            "'notes':[],'seconds':0.0}],'together':[{'verdict':'not proven','topic':'rows',"
            "'loads':[],'compared':'number','rows_expected':0,'rows_found':0,'partitions':[],"
            "'counts':{'foreign':1},'differences':[{'kind':'foreign','partition':0,'offset':1,"
            "'text':'the record in partition 0 at offset 1, among these loads, is none of "
            "theirs: key 1, value {\\'id\\':\\'1\\'}'}]}],'seconds':0.0}\n");
}

// A load that has written to fewer partitions, before there were more.
TEST_F(AuditJsonTest, OfLoadsOfFewerPartitions) {
  Mingle({"a", "b"});
  world_.loads["a"].partitions.resize(2);
  std::uint64_t rows = 0;
  for (const PartitionProgress& partition : world_.loads["a"].partitions) rows += partition.rows;
  world_.loads["a"].position.row = RowNumber{rows};
  world_.PutRecord(world_.loads["a"]);
  EXPECT_EQ(Loads(),
            "{'verdict':'not proven','level':'digest','proves':'the very records that were sent, "
            "each once and in order: key, value, headers, set times','limits':'not that they are "
            "the rows of the files: --level source proves that','loads':[{'verdict':'together',"
            "'load':'a','topic':'rows','complete':true,'bytes':19,'rows_expected':6,'rejected':0,"
            "'counts':{},'differences':[],'notes':[]},{'verdict':'together','load':'b',"
            "'topic':'rows','complete':true,'bytes':19,'rows_expected':8,'rejected':0,"
            "'counts':{},'differences':[],'notes':[]}],'together':[{'verdict':'not proven',"
            "'topic':'rows','loads':['a','b'],'compared':'number and sum of digests',"
            "'rows_expected':14,'rows_found':15,'partitions':[{'partition':0,'expected':8,"
            "'found':8,'difference':0,'digest':'equal','begin':0,'end':8},{'partition':1,"
            "'expected':4,'found':4,'difference':0,'digest':'equal','begin':0,'end':4},"
            "{'partition':2,'expected':2,'found':3,'difference':1,'digest':'differs','begin':1,"
            "'end':4,'differs':'in its records'}],'counts':{'unnamed':1},"
            "'differences':[{'kind':'unnamed','partition':2,'text':'partition 2 holds 3 records "
            "where 2 were loaded by these loads'}]}],'seconds':0.0}\n");
}

}  // namespace
}  // namespace onceload
