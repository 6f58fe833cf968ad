"""Every error that Assay raises on purpose.

All of them derive from :class:`AssayError` and carry a stable ``code`` that other programs may rely on, and a
message that says what to do. Each subclass lives beside the code that raises it; the whole tree is drawn here
(a test compares it):

* AssayError

  * ArtifactUnfit
  * ExhibitRefused

    * ChangedWhileReading
    * DamagedArchive
    * DamagedExhibit
    * DecoderCrashed
    * DecoderMemory
    * DecoderMisbehaved
    * DecoderTimeout
    * EmptyExhibit
    * EmptyFolder
    * ExhibitNotFound
    * FolderTooDeep
    * FolderTooLarge
    * FullArchive
    * GrownArchive
    * LockedArchive
    * NestedArchive
    * NoVideoStream
    * NotAFile
    * TextNotMedia
    * TooManyBytes
    * TooManyPixels
    * TruncatedExhibit
    * UnknownMediaType
    * UnreadableExhibit

  * MetricInputError
  * SingleClassError
  * CalibrationInputError
  * BatchUneven
  * CalibrationFormatError
  * CheckpointMismatch
  * TrainingDiverged
  * TrainingEmpty
  * AutoEncoderWeightsError
  * DecoderTooBlurred
  * DecoderWeightsError
  * NetworkLayoutError
  * SuperResolutionWeightsError
  * WeightsDiffer
  * KnownListUnusable
  * ManifestError
  * PictureTooSmall
  * SettingsError
  * PlanError
  * DataFaulty
  * BackboneError
  * TensorBoardMissing
  * BackendError

    * BackendMissing
    * BackendOutput
    * GraphRefused

  * BatchDependent
  * DeviceAbsent
  * DeviceUnknown
  * EngineClosed
  * ExportError

    * ExportMismatch
    * ExportUnsupported

  * GoldenMalformed
  * GoldenMismatch
  * NetworkUnreadable
  * OutputUnknown
  * RowInvalid

    * BatchInvalid

  * ScoreNotFinite
  * SourceError
  * TriageSettingsError
  * BaselineEmpty
  * BaselineMismatch
  * BaselineNameInvalid
  * BudgetInvalid
  * ExportTargetInvalid
  * FeedbackFileUnreadable
  * FeedbackUnknown
  * IncidentUnknown
  * AnalyzerUnknown
  * CardUnfit
  * DetectorUnknown
  * KeyFileInvalid
  * StateMismatch
  * LogFormatUnknown
  * LogSourceError
  * RulesUnavailable
  * RulesUnreadable
  * CardPathRefused
  * JsonError

    * JsonTooLarge
    * JsonDuplicateKey
    * JsonMalformed

  * CardError

    * CardTooLarge
    * CardMalformed
    * CardDuplicateKey
    * CardUnknownKey
    * CardInvalid

  * ArtifactError

    * ArtifactCardMissing
    * ArtifactCardPinned
    * ArtifactCardChanged
    * ArtifactFileMissing
    * ArtifactFileUnlisted
    * ArtifactFileChanged
    * ArtifactSymlink
    * ArtifactNotFile
    * ArtifactPickle
    * ArtifactFormatRefused
    * ArtifactTensorsOversized
    * ArtifactTensorsMalformed
    * ArtifactGraphMalformed
    * ArtifactExternalData
    * ArtifactRoleUnclear
    * ArtifactExists

  * TorchFileError

    * TorchFileLegacy
    * TorchFileScript
    * TorchFileMalformed
    * TorchFileTooLarge
    * TorchFileWithoutTensors
    * TorchFileUnsafe

      * TorchFileOpcode

  * CalibrationRefused
  * DescriptionInvalid
  * WeightsUnreadable
  * RegistryError

    * RegistryUnknown
    * RegistryNoDefault
    * RegistryStoreMalformed

  * ArchiveError

    * ArchiveUnknown
    * ArchiveMalformed
    * ArchiveTooLarge
    * ArchivePathRefused
    * ArchiveEntryRefused
    * ArchiveWithoutCard

  * HubError

    * HubNameInvalid
    * HubMissingLibrary
    * HubOffline
    * HubNotFound
    * HubFileWrongSize

  * InstallSourceMissing
  * NotCanonical
  * CustodyDamaged
  * CustodyUnreadable
  * CustodyUnwritable
  * KeyExists
  * KeyLocked
  * KeyMalformed
  * KeyMissing
  * KeyOpen
  * PinInvalid
  * ReportExists
  * ReportUnprintable
  * ReportUnwritable
  * StampFailed
  * StampInvalid
  * SealRefused

    * ChangedWhileSealing
    * SealBroken
    * SealBusy
    * SealForeign
    * SealMissing
    * SealUnreadable
    * SealUnwritable
    * SigningKeyInside

  * WorkFailed

    * WorkCrashed
    * WorkMemory
    * WorkTimeout

  * WorkInterrupted

    * ResultMissing

  * ServiceTrouble

    * AnswerStrange
    * DownloadDamaged
    * JobUnfinished
    * RequestRefused

      * KeyRefused
      * NothingFound
      * RequestUnfit
      * ServiceBusy
      * ServiceFull
      * StateRefused

    * ServiceUnreachable

  * BackupDamaged
  * BackupUnfit
  * BlobDamaged
  * BlobMissing
  * DatabaseNewer
  * DatabaseUnreachable
  * SettingsInvalid
  * TargetRefused
  * Refused

    * BatchMissing
    * BatchTwice
    * CaseNeeded
    * Conflicting
    * CursorUnfit
    * DayOver
    * DigestUnfit
    * Forbidden
    * Foreign
    * KeyUnfit
    * NotHere
    * RangeUnfit
    * RateExceeded
    * Repeated
    * RepeatedDifferently
    * StoreFull
    * StoreUnreachable
    * Unidentified
    * UploadDiffers
    * UploadMalformed
    * UploadTooLong
"""

from typing import ClassVar

__all__ = ["AssayError"]


class AssayError(Exception):
    """Root of the tree: catching it catches every error that Assay raises on purpose.

    Attributes
    ----------
    code : str
        Stable kebab-case name of the reason, the same in JSON output, the service and the documentation.
    """

    code: ClassVar[str] = "error"
