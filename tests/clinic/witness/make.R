# Makes glmer.csv and ranef.csv: random-intercept logistic models fitted with lme4.
# Rscript make.R, in this folder; counts.csv holds what goes in.
library(lme4)
counts <- read.csv("counts.csv")
fits <- data.frame()
modes <- data.frame()
for (set in unique(counts$set)) {
  part <- counts[counts$set == set, ]
  fit <- glmer(cbind(events, trials - events) ~ 1 + (1 | therapist), data = part,
               family = binomial, nAGQ = 25,
               control = glmerControl(optimizer = "bobyqa", optCtrl = list(maxfun = 1e5, rhoend = 1e-10)))
  effects <- ranef(fit, condVar = TRUE)$therapist
  fits <- rbind(fits, data.frame(set = set, intercept = fixef(fit)[[1]],
                                 sd = sqrt(VarCorr(fit)$therapist[1, 1])))
  modes <- rbind(modes, data.frame(set = set, therapist = rownames(effects),
                                   effect = effects[[1]],
                                   se = sqrt(as.numeric(attr(effects, "postVar")))))
}
write.csv(format(fits, digits = 10), "glmer.csv", row.names = FALSE, quote = FALSE)
write.csv(format(modes, digits = 10), "ranef.csv", row.names = FALSE, quote = FALSE)
