# Log likelihood and estimates of the model without ruptures, by nlme (R): own level and growth,
# first-order autoregression in session numbers (corExp: phi = exp(-1/range)) and independent
# error (nugget). Run in this folder: Rscript make_reference.R
library(nlme)
sessions <- read.csv("courses.csv")
fitted <- lme(score ~ log(session), random = ~ log(session) | client, data = sessions,
              correlation = corExp(form = ~ session | client, nugget = TRUE), method = "ML",
              control = lmeControl(maxIter = 500, msMaxIter = 500, opt = "optim"))
within <- coef(fitted$modelStruct$corStruct, unconstrained = FALSE)
between <- VarCorr(fitted)
total <- as.numeric(between["Residual", "Variance"])
reference <- data.frame(
  name = c("level", "growth", "level_sd", "growth_sd", "level_growth_correlation",
           "carry_over_sd", "carry_over", "error_sd", "log_likelihood"),
  value = c(fixef(fitted), as.numeric(between[1:2, "StdDev"]), as.numeric(between[2, "Corr"]),
            sqrt(total * (1 - within["nugget"])), exp(-1 / within["range"]),
            sqrt(total * within["nugget"]), as.numeric(logLik(fitted))))
write.csv(reference, "reference.csv", row.names = FALSE)
