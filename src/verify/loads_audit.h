// An audit of several loads: those that wrote at the same time together, all others one by one.
#pragma once

#include <string>
#include <vector>

#include "onceload/verify/auditor.h"
#include "verify/joint_audit.h"
#include "verify/load_audit.h"

namespace onceload {

// Used by one thread. Throws as AuditLoads() does.
class LoadsAudit : private LoadAudit {
 public:
  using LoadAudit::LoadAudit;

  LoadsReport RunAll();

 private:
  // Of the topic at hand, as the next two.
  TopicRest Rest();
  LoadVerdict Judge(const ProgressRecord& load);
  bool IsAsked(const ProgressRecord& load) const;
  void TakeFilesOf(const ProgressRecord& load);
  std::vector<JointLoad> JointLoads(const std::vector<ProgressRecord>& members);
  void ReadFilesOf(JointLoad& load, Findings& findings);
  bool WentOn(const std::vector<JointLoad>& joint);
  std::vector<LoadVerdict> JudgeGroup(const std::vector<ProgressRecord>& members,
                                      LoadsReport& report);
  void JudgeTopic(const std::vector<ProgressRecord>& loads, LoadsReport& report);
  void LookForMissing(const std::vector<ProgressRecord>& loads, LoadsReport& report);
};

}  // namespace onceload
